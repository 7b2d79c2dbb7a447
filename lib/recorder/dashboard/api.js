// @ts-check
// The page's only way to the recorder's answers.
/// <reference lib="dom" />
/** @import { Outage, Series, Summary } from "./types.ts" */

const TIMEOUT_MS = 15_000;

/**
 * @param {string} path @param {Readonly<Record<string, string | number | undefined>>} query values that are undefined are left out
 * @returns {string}
 */
export function addressOf(path, query = {}) {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) words.set(key, String(value));
  return words.size === 0 ? path : `${path}?${words}`;
}

/**
 * Asks. Where the recorder wants a password the browser adds the one that opened the page.
 * @param {string} address @param {AbortSignal} [signal]
 * @returns {Promise<Response>} always a 2xx one
 */
export async function ask(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`Cannot read ${address}: the recorder answered ${response.status}`);
  return response;
}

/** @param {string} address @param {AbortSignal} [signal] @returns {Promise<unknown>} */
async function askJson(address, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await ask(address, signal === undefined ? limit : AbortSignal.any([signal, limit]));
  return await response.json();
}

/** @returns {Promise<Summary[]>} */
export async function getSummary() {
  return /** @type {Summary[]} */ (await askJson("/summary"));
}

/**
 * @param {{client: string, ip: string, start: number, end: number, points: number}} query
 * @param {AbortSignal} [signal] @returns {Promise<Series>}
 */
export async function getSeries(query, signal) {
  return /** @type {Series} */ (await askJson(addressOf("/series", query), signal));
}

/**
 * @param {{client?: string, ip: string, start: number, end: number}} query
 * @param {AbortSignal} [signal] @returns {Promise<Outage[]>}
 */
export async function getOutages(query, signal) {
  const answer = /** @type {{outages: Outage[]}} */ (await askJson(addressOf("/outages", query), signal));
  return answer.outages;
}
