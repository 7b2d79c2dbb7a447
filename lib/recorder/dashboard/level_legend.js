// @ts-check
// What the colours and shades of the chart mean.
/// <reference lib="dom" />
import { make } from "./dom.js";
import { LEVEL_WORDS } from "./loss_levels.js";

/** @returns {HTMLElement} */
export function makeLevels() {
  const list = make("ul", { class: "levels", "aria-label": "Legend" });
  const add = (/** @type {string} */ name, /** @type {string} */ word) =>
    list.append(make("li", {}, make("i", { class: `key ${name}` }), word));
  add("key-outer", "fastest to slowest");
  add("key-inner", "p5 to p95");
  add("key-median", "median, coloured by loss:");
  for (const [level, word] of LEVEL_WORDS.entries()) add(`key-level level-${level}`, word);
  add("key-failed", "not measured");
  return list;
}
