// @ts-check
// The buttons above the chart: which span, nearer and farther, back, and the same results as CSV.
/// <reference lib="dom" />
import { addressOf } from "./api.js";
import { make, put, setAttribute } from "./dom.js";
import { formatShortTime } from "./format.js";
import { icon } from "./icons.js";
import { RANGES } from "./ranges.js";
/** @import { Span } from "./types.ts" */

/**
 * @typedef {object} ToolEvents
 * @property {(key: string) => void} range
 * @property {(change: {moveBy?: number, factor?: number}) => void} change
 * @property {() => void} back @property {() => void} reset
 * @property {(on: boolean) => void} peaks
 */

/** @param {ToolEvents} events */
export function makeTools(events) {
  const ranges = make("div", { class: "ranges", role: "group", "aria-label": "Time range" });
  for (const { key, word, long } of RANGES) {
    ranges.append(
      button(word, `Last ${long}`, () => events.range(key), { "data-range": key, "aria-pressed": "false" }),
    );
  }
  const back = button("Back", "Back to the span before", events.back, {}, icon("back"));
  const reset = button("Reset", "Leave the zoom", events.reset, {}, icon("reset"));
  const peaks = make("input", { type: "checkbox" });
  const peaksLabel = make("label", { class: "check" }, peaks, "Show peaks");
  const csv = make("a", { class: "quiet-button", download: "", href: "/export.csv", id: "csv" }, icon("save"), "CSV");
  const shown = make("p", { class: "shown-span" });
  peaks.addEventListener("change", () => events.peaks(peaks.checked));
  const moves = make(
    "div",
    { class: "moves", role: "group", "aria-label": "Move and zoom" },
    button("←", "Earlier", () => events.change({ moveBy: -0.5 })),
    button("→", "Later", () => events.change({ moveBy: 0.5 })),
    button("+", "Zoom in", () => events.change({ factor: 0.5 })),
    button("−", "Zoom out", () => events.change({ factor: 2 })),
    back,
    reset,
  );
  return {
    element: make(
      "div",
      { class: "chart-tools" },
      ranges,
      moves,
      make("div", { class: "chart-extra" }, peaksLabel, csv),
      shown,
    ),

    /**
     * @param {Span & {live: boolean, key: string}} span @param {boolean} canGoBack
     * @param {readonly string[]} clients the ones that are shown @param {{ip: string, client: string}} [target]
     */
    show({ startMs, endMs, live, key }, canGoBack, clients, target) {
      for (const child of ranges.children) {
        setAttribute(child, "aria-pressed", String(child.getAttribute("data-range") === key));
      }
      back.hidden = !canGoBack;
      reset.hidden = live;
      put(shown, `${formatShortTime(startMs)} – ${live ? "now" : formatShortTime(endMs)}`);
      if (target === undefined) return;
      // One client's rows, or everyone's where several are shown.
      const client = clients.length === 1 ? target.client : undefined;
      const words = { start: Math.round(startMs), end: Math.round(endMs), ip: target.ip, client };
      setAttribute(csv, "href", addressOf("/export.csv", words));
    },

    /** @param {boolean} cut whether there are peaks that are cut off */
    showPeaks(cut) {
      peaksLabel.hidden = !cut && !peaks.checked;
    },
  };
}

/**
 * @param {string} word @param {string} meaning @param {() => void} act
 * @param {Readonly<Record<string, string>>} [attributes] @param {Node[]} before
 */
function button(word, meaning, act, attributes = {}, ...before) {
  const element = make(
    "button",
    { type: "button", class: "quiet-button", title: meaning, ...attributes },
    ...before,
    word,
  );
  if (word.length === 1) element.setAttribute("aria-label", meaning);
  element.addEventListener("click", act);
  return element;
}
