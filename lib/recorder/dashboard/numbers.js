// @ts-check
// The chart as a table, for screen readers and for everyone who wants the numbers.
/// <reference lib="dom" />
import { make } from "./dom.js";
import { formatCount, formatLoss, formatMs, formatTime } from "./format.js";
/** @import { Track } from "./types.ts" */

const HEADS = ["From", "Client", "Median", "p5", "p95", "Min", "Max", "Loss", "Answered", "Lost", "Not measured"];

/** Made only once it is opened: it has hundreds of rows. @returns {{element: HTMLElement, show: (tracks: readonly Track[]) => void}} */
export function makeNumbers() {
  const body = make("tbody", {});
  const heads = HEADS.map((word) => make("th", { scope: "col" }, word));
  const table = make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...heads)), body);
  const scroll = make("div", {
    class: "scroll tall",
    tabindex: "0",
    role: "region",
    "aria-label": "Numbers of the chart",
  }, table);
  const element = make(
    "details",
    { class: "numbers" },
    make("summary", {}, "Numbers of the chart, as a table"),
    scroll,
  );
  /** @type {readonly Track[]} */
  let shown = [];
  const fill = () => {
    if (element.open) body.replaceChildren(...shown.flatMap(rowsOf));
  };
  element.addEventListener("toggle", fill);
  return {
    element,
    show(tracks) {
      shown = tracks;
      fill();
    },
  };
}

/** Latest first. @param {Track} track @returns {HTMLElement[]} */
function rowsOf({ client, buckets }) {
  return buckets.toReversed().map((bucket) => {
    const { median, p5, p95, min, max } = bucket;
    const words = [
      client,
      ...[median, p5, p95, min, max].map(formatMs),
      formatLoss(bucket.loss),
      ...[bucket.replies, bucket.lost, bucket.failed].map(formatCount),
    ];
    const head = make("th", { scope: "row" }, formatTime(bucket.startMs));
    return make("tr", {}, head, ...words.map((word) => make("td", {}, word)));
  });
}
