// @ts-check
// Small drawings of our own, each beside a word: no fact is told by colour or shape alone.
/// <reference lib="dom" />
import { svg } from "./dom.js";

/** Lines on a field of 16 × 16. */
const DRAWINGS = {
  up: "M3 8.5 6.5 12 13 4.5",
  down: "M4 4l8 8M12 4l-8 8",
  unmeasured: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10M8 12.7v.1",
  silent: "M3 8h2.2M7 8h2M10.8 8H13",
  new: "M8 4v8M4 8h8",
  all: "M3 4.5h10M3 8h10M3 11.5h10",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  light:
    "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  dark: "M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3 14 14",
  back: "M9.5 3.5 5 8l4.5 4.5",
  reset: "M3.2 6A5.2 5.2 0 1 1 3 9.8M3 2.8V6h3.3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  save: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10",
};

/** @typedef {keyof typeof DRAWINGS} IconName */

/** @param {IconName} name @returns {SVGElement} hidden from screen readers: the word beside it says it all */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: DRAWINGS[name] }),
  );
}
