// @ts-check
// The head of the target view: who it is, how it is, and what the span comes to.
/// <reference lib="dom" />
import { make, put, setAttribute } from "./dom.js";
import { formatAge, formatCount, formatLoss, formatMs, formatTime } from "./format.js";
import { icon } from "./icons.js";
import { labelOf } from "./order.js";
import { showState } from "./row.js";
import { causeWords } from "./states.js";
/** @import { Figures, Summary } from "./types.ts" */

/** @param {string} word @param {string} unit */
function tile(word, unit) {
  const value = make("b", {}, "–");
  const note = make("small", {}, unit);
  return { value, note, element: make("div", { class: "tile" }, make("dt", {}, word), make("dd", {}, value, note)) };
}

export function makeHead() {
  const name = make("h1", {});
  const where = make("p", { class: "quiet where" });
  const chip = make("span", { class: "state" });
  const since = make("span", { class: "quiet since" });
  const tiles = {
    last: tile("Last", "ms"),
    median: tile("Median", "ms"),
    p95: tile("p95", "ms"),
    max: tile("Max", "ms"),
    loss: tile("Loss", ""),
  };
  const element = make(
    "div",
    { class: "target-head" },
    make(
      "nav",
      { "aria-label": "Way back" },
      make("a", { href: "#/", class: "way-back" }, icon("back"), "All targets"),
    ),
    make("div", { class: "title" }, make("div", {}, name, where), make("p", { class: "title-state" }, chip, since)),
    make("dl", { class: "tiles" }, ...Object.values(tiles).map((each) => each.element)),
  );
  return {
    element,

    /** @param {{client: string, ip: string}} route @param {Summary | undefined} summary */
    show({ client, ip }, summary) {
      const label = labelOf(summary ?? { ip });
      put(name, label);
      put(where, `${label === ip ? "" : `${ip} · `}from ${client}`);
      chip.hidden = summary === undefined;
      if (summary === undefined) {
        put(since, "not among this recorder's targets");
        return;
      }
      showState(chip, summary.state);
      const { last, since: begin } = summary;
      put(since, begin === null ? "" : `for ${formatAge((Date.now() - Date.parse(begin)) / 1000)}`);
      setAttribute(since, "title", begin === null ? "" : `since ${formatTime(Date.parse(begin))}`);
      put(tiles.last.value, last?.latency_ms === null ? "lost" : formatMs(last?.latency_ms));
      put(tiles.last.note, last?.latency_ms === null ? causeWords(last.cause) : "ms");
    },

    /** @param {Figures | undefined} whole */
    figures(whole) {
      put(tiles.median.value, formatMs(whole?.median));
      put(tiles.p95.value, formatMs(whole?.p95));
      put(tiles.max.value, formatMs(whole?.max));
      put(tiles.loss.value, formatLoss(whole?.loss));
      put(
        tiles.loss.note,
        whole === undefined ? "" : `${formatCount(whole.lost)} of ${formatCount(whole.lost + whole.replies)}`,
      );
    },
  };
}
