// @ts-check
// The style sheet's colours for the canvas, which can't read it by itself.
/// <reference lib="dom" />

/**
 * @typedef {object} Colours
 * @property {string} text @property {string} grid @property {string} smokeOuter @property {string} smokeInner
 * @property {string} failed @property {string} ground @property {string} font
 * @property {readonly string[]} levels by level of loss @property {readonly string[]} clients by style
 */

/** Told apart without colour as well. The first is a plain line. @type {readonly (readonly number[])[]} */
export const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4], [12, 4], [4, 4, 1, 4]];

/** How many colours the style sheet has for clients. */
const CLIENTS = 8;

/** @returns {Colours} */
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    text: read("--quiet"),
    grid: read("--grid"),
    smokeOuter: read("--smoke-outer"),
    smokeInner: read("--smoke-inner"),
    failed: read("--failed"),
    ground: read("--card"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    levels: [0, 1, 2, 3, 4, 5].map((level) => read(`--loss-${level}`)),
    clients: Array.from({ length: CLIENTS }, (_, style) => read(`--client-${style}`)),
  };
}
