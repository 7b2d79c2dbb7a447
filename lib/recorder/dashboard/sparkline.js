// @ts-check
// The last pings of one target in a hand's breadth: a line for answers, a tall stroke for a loss, a short grey one where
// nothing was measured.
/// <reference lib="dom" />
import { setAttribute, svg } from "./dom.js";
/** @import { Recent } from "./types.ts" */

const SLOTS = 30;
const STEP = 4;
const WIDTH = SLOTS * STEP;
const HEIGHT = 32;
const PAD = 3;

/** @returns {SVGElement} */
export function makeSparkline() {
  const path = (/** @type {string} */ name) => svg("path", { class: name });
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "spark", role: "img" },
    path("spark-area"),
    path("spark-line"),
    path("spark-failed"),
    path("spark-lost"),
  );
}

/** @param {SVGElement} element from `makeSparkline` @param {readonly Recent[]} recent oldest first */
export function showSparkline(element, recent) {
  const drawn = drawSparkline(recent);
  for (const child of element.children) {
    setAttribute(child, "d", drawn[/** @type {keyof typeof drawn} */ (child.getAttribute("class"))]);
  }
  setAttribute(element, "aria-label", sayRecent(recent));
}

/** @param {readonly Recent[]} recent @returns {string} */
function sayRecent(recent) {
  const lost = recent.filter((ping) => ping === null).length;
  const failed = recent.filter((ping) => ping === "f").length;
  const words = [`${recent.length - lost - failed} of the last ${recent.length} answered`];
  if (lost > 0) words.push(`${lost} lost`);
  if (failed > 0) words.push(`${failed} not measured`);
  return words.join(", ");
}

/** @param {readonly Recent[]} recent */
export function drawSparkline(recent) {
  const shown = recent.slice(-SLOTS);
  const latencies = shown.filter((ping) => typeof ping === "number");
  const top = Math.max(...latencies, 0.001);
  // A calm line must not look wild: the lower end is at most half of the top.
  const bottom = Math.min(...latencies, top / 2);
  const x = (/** @type {number} */ index) => WIDTH - (shown.length - 1 - index) * STEP - STEP / 2;
  const y = (/** @type {number} */ ms) => round(HEIGHT - PAD - (ms - bottom) / (top - bottom) * (HEIGHT - 2 * PAD));
  const drawn = { "spark-area": "", "spark-line": "", "spark-lost": "", "spark-failed": "" };
  let runStart = -1;
  for (let index = 0; index <= shown.length; index++) {
    const ping = shown[index];
    if (typeof ping === "number") {
      if (runStart === -1) runStart = index;
      drawn["spark-line"] += `${index === runStart ? "M" : "L"}${x(index)} ${y(ping)}`;
      continue;
    }
    if (runStart !== -1) {
      const run = shown.slice(runStart, index);
      const line = run.map((ms, at) => `L${x(runStart + at)} ${y(Number(ms))}`).join("");
      if (run.length === 1) drawn["spark-line"] += "h.01";
      drawn["spark-area"] += `M${x(runStart)} ${HEIGHT}${line}V${HEIGHT}Z`;
      runStart = -1;
    }
    if (ping === null) drawn["spark-lost"] += `M${x(index)} ${PAD}V${HEIGHT}`;
    else if (ping === "f") drawn["spark-failed"] += `M${x(index)} ${HEIGHT * 0.6}V${HEIGHT}`;
  }
  return drawn;
}

/** @param {number} value @returns {number} */
function round(value) {
  return Math.round(value * 10) / 10;
}
