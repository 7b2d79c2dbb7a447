// @ts-check
// Which targets are shown, and in which order.
import { STATES } from "./states.js";
/** @import { State, Summary } from "./types.ts" */

/** @typedef {"state" | "target" | "client" | "last" | "median" | "p95" | "loss5m" | "loss1h" | "loss24h"} SortKey */
/** @typedef {{key: SortKey, down: boolean}} Sort `down`: the largest first */

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const RANK = Object.fromEntries(STATES.map((state, index) => [state, index]));

/** @type {Readonly<Record<SortKey, (target: Summary) => number | string | null>>} */
const VALUES = {
  state: ({ state }) => RANK[state] ?? 0,
  target: labelOf,
  client: ({ client }) => client,
  last: ({ last }) => last?.latency_ms ?? null,
  median: ({ windows }) => windows["1h"].median,
  p95: ({ windows }) => windows["1h"].p95,
  loss5m: ({ windows }) => windows["5m"].loss,
  loss1h: ({ windows }) => windows["1h"].loss,
  loss24h: ({ windows }) => windows["24h"].loss,
};

/** @type {Readonly<Record<SortKey, string>>} */
export const SORT_WORDS = {
  state: "Problems first",
  target: "Target",
  client: "Client",
  last: "Last latency",
  median: "Median, 1 h",
  p95: "p95, 1 h",
  loss5m: "Loss, 5 min",
  loss1h: "Loss, 1 h",
  loss24h: "Loss, 24 h",
};

/** @param {string | null} word @returns {word is SortKey} */
export function isSortKey(word) {
  return word !== null && Object.hasOwn(VALUES, word);
}

/** What a target is called. @param {{name?: string, ip: string}} target @returns {string} */
export function labelOf({ name, ip }) {
  return name === undefined || name === "" ? ip : name;
}

/**
 * @param {readonly Summary[]} targets
 * @param {{search: string, state: State | undefined}} wanted `search` matches name, address and client
 * @returns {Summary[]}
 */
export function choose(targets, { search, state }) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return targets.filter((target) => {
    if (state !== undefined && target.state !== state) return false;
    const text = `${target.name ?? ""} ${target.ip} ${target.client}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/**
 * Rows without a value come last either way; equal ones stand by loss of the last hour (for "problems first"), then by name.
 * @param {readonly Summary[]} targets @param {Sort} sort @param {boolean} grouped by client first
 * @returns {Summary[]}
 */
export function arrange(targets, { key, down }, grouped) {
  const value = VALUES[key];
  const keyed = targets.map((target) => ({ target, at: value(target), label: labelOf(target) }));
  keyed.sort((a, b) =>
    (grouped ? collator.compare(a.target.client, b.target.client) : 0) ||
    compare(a.at, b.at, down) ||
    (key === "state" ? (b.target.windows["5m"].loss ?? 0) - (a.target.windows["5m"].loss ?? 0) : 0) ||
    collator.compare(a.label, b.label) || collator.compare(a.target.client, b.target.client)
  );
  return keyed.map(({ target }) => target);
}

/** @param {number | string | null} a @param {number | string | null} b @param {boolean} down @returns {number} */
function compare(a, b, down) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return down ? -order : order;
}
