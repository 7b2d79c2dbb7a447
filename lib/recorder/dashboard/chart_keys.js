// @ts-check
// The chart by keyboard: everything that the mouse can do.
/// <reference lib="dom" />
import { make } from "./dom.js";
/** @import { SmokeChart } from "./smoke_chart.js" */

const HELP =
  "Arrow keys move the cursor, with Shift they move the chart. Plus and minus zoom, Escape goes back to the whole range.";

/**
 * @typedef {object} KeyTarget
 * @property {SmokeChart} chart
 * @property {(change: {moveBy?: number, factor?: number, aroundMs?: number}) => void} zoom
 * @property {() => void} reset
 * @property {(byKey: boolean) => void} moved whether the cursor is moved by keys: then what it stands at is read out
 */

/** @param {HTMLElement} plot @param {KeyTarget} target @returns {{help: HTMLElement}} */
export function makeKeys(plot, { chart, zoom, reset, moved }) {
  const help = make("p", { id: "chart-help", class: "visually-hidden" }, HELP);
  plot.tabIndex = 0;
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", "Smoke chart of latency and loss");
  plot.setAttribute("aria-describedby", help.id);
  plot.addEventListener("pointermove", () => moved(false));
  plot.addEventListener("blur", () => chart.point(undefined));
  plot.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!act(event)) return;
    event.preventDefault();
  });

  /** @param {KeyboardEvent} event @returns {boolean} */
  function act({ key, shiftKey }) {
    const { startMs, endMs } = chart.span;
    const at = chart.cursorMs;
    const step = (endMs - startMs) / 100;
    const toward = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
    if (toward !== 0 && shiftKey) zoom({ moveBy: toward / 4 });
    else if (toward !== 0) go(Math.min(Math.max((at ?? (startMs + endMs) / 2) + toward * step, startMs), endMs));
    else if (key === "Home") go(startMs);
    else if (key === "End") go(endMs);
    else if (key === "+" || key === "=") zoom({ factor: 0.5, aroundMs: at });
    else if (key === "-") zoom({ factor: 2, aroundMs: at });
    else if (key === "Escape" || key === "0") reset();
    else return false;
    return true;
  }

  /** @param {number} atMs */
  function go(atMs) {
    moved(true);
    chart.point(atMs);
  }

  return { help };
}
