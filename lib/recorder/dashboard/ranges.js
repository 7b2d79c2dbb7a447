// @ts-check
// Which span of time a chart shows: one that ends now and moves on, or one that was zoomed to and stands.
/** @import { Span } from "./types.ts" */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @type {readonly {key: string, word: string, long: string, lengthMs: number}[]} */
export const RANGES = [
  { key: "10m", word: "10 m", long: "10 minutes", lengthMs: 10 * MINUTE_MS },
  { key: "1h", word: "1 h", long: "1 hour", lengthMs: HOUR_MS },
  { key: "6h", word: "6 h", long: "6 hours", lengthMs: 6 * HOUR_MS },
  { key: "24h", word: "24 h", long: "24 hours", lengthMs: DAY_MS },
  { key: "7d", word: "7 d", long: "7 days", lengthMs: 7 * DAY_MS },
  { key: "30d", word: "30 d", long: "30 days", lengthMs: 30 * DAY_MS },
  { key: "1y", word: "1 y", long: "1 year", lengthMs: 365 * DAY_MS },
  { key: "2y", word: "2 y", long: "2 years", lengthMs: 730 * DAY_MS },
];

export const DEFAULT_RANGE = "1h";

/** Narrower than this there is nothing more to see. */
export const MIN_SPAN_MS = 10_000;
const MAX_SPAN_MS = 730 * DAY_MS;

/**
 * @param {URLSearchParams} words `range=…`, or `from=…&to=…` in epoch ms @param {number} nowMs
 * @returns {Span & {live: boolean, key: string}} `key` is empty for a span that was zoomed to
 */
export function readSpan(words, nowMs) {
  const from = Number(words.get("from") ?? NaN);
  const to = Number(words.get("to") ?? NaN);
  if (from > 0 && to > from && to - from <= MAX_SPAN_MS) return { startMs: from, endMs: to, live: false, key: "" };
  const range = RANGES.find(({ key }) => key === words.get("range")) ?? RANGES.find(({ key }) => key === DEFAULT_RANGE);
  return { startMs: nowMs - (range?.lengthMs ?? HOUR_MS), endMs: nowMs, live: true, key: range?.key ?? DEFAULT_RANGE };
}

/**
 * A span moved and made wider or narrower around its middle (or around `aroundMs`), never beyond now.
 * @param {Span} span @param {{moveBy?: number, factor?: number, aroundMs?: number}} change `moveBy` in parts of the span
 * @param {number} nowMs @returns {Span}
 */
export function changeSpan({ startMs, endMs }, { moveBy = 0, factor = 1, aroundMs = (startMs + endMs) / 2 }, nowMs) {
  const length = endMs - startMs;
  const wanted = Math.min(Math.max(length * factor, MIN_SPAN_MS), MAX_SPAN_MS);
  const part = (aroundMs - startMs) / length;
  let start = aroundMs - part * wanted + moveBy * length;
  start = Math.min(start, nowMs - wanted);
  return { startMs: Math.round(start), endMs: Math.round(start + wanted) };
}
