// @ts-check
// One row of the overview, and the row above a group of them.
/// <reference lib="dom" />
import { make, put, setAttribute } from "./dom.js";
import { formatAge, formatLoss, formatMs, formatTime, NONE } from "./format.js";
import { icon } from "./icons.js";
import { labelOf } from "./order.js";
import { targetHash } from "./router.js";
import { makeSparkline, showSparkline } from "./sparkline.js";
import { causeWords, STATE_MEANINGS, STATE_WORDS } from "./states.js";
/** @import { State, Summary } from "./types.ts" */

/** @typedef {{client: string, targets: number, troubled: number}} Group */

/** @param {string} name @param {string} label what its column is called, for narrow windows @param {(Node | string)[]} children */
function cell(name, label, ...children) {
  return make("div", { role: "cell", class: `cell ${name}`, "data-label": label }, ...children);
}

/** @returns {HTMLElement} */
export function makeRow() {
  return make(
    "div",
    { role: "row", class: "row" },
    cell("c-state", "", make("span", { class: "state" }), make("small", { class: "since" })),
    make("div", { role: "rowheader", class: "cell c-target" }, make("a", {}), make("small", {})),
    cell("c-client", ""),
    cell("c-spark", "", makeSparkline()),
    cell("c-last number", "Last", make("b", {})),
    cell("c-median number", "Median", make("b", {})),
    cell("c-p95 number", "p95", make("b", {})),
    cell("c-loss c-loss5m number", "Loss 5 m", make("b", {})),
    cell("c-loss c-loss1h number", "1 h", make("b", {})),
    cell("c-loss c-loss24h number", "24 h", make("b", {})),
  );
}

/** @param {HTMLElement} row @param {Summary} target @param {number} nowMs */
export function showRow(row, target, nowMs) {
  const [state, name, client, spark, last, median, p95, loss5m, loss1h, loss24h] = row.children;
  if (!state || !name || !client || !spark || !last || !median || !p95 || !loss5m || !loss1h || !loss24h) return;
  showState(/** @type {HTMLElement} */ (state.firstElementChild), target.state);
  const [link, where] = name.children;
  const [since] = [...state.children].slice(1);
  if (link && where && since) {
    put(link, labelOf(target));
    setAttribute(link, "href", targetHash(target));
    put(where, target.name === undefined ? "" : target.ip);
    put(since, target.since === null ? "" : formatAge((nowMs - Date.parse(target.since)) / 1000));
    setAttribute(since, "title", target.since === null ? "" : `since ${formatTime(Date.parse(target.since))}`);
  }
  put(client, target.client);
  showSparkline(/** @type {SVGElement} */ (spark.firstElementChild), target.recent);
  showNumber(last, formatMs(target.last?.latency_ms), causeWords(target.last?.cause));
  showNumber(median, formatMs(target.windows["1h"].median));
  showNumber(p95, formatMs(target.windows["1h"].p95));
  showLoss(loss5m, target.windows["5m"].loss);
  showLoss(loss1h, target.windows["1h"].loss);
  showLoss(loss24h, target.windows["24h"].loss);
}

/** Icon, word and colour. @param {HTMLElement} chip @param {State} state */
export function showState(chip, state) {
  if (chip.dataset.state === state) return;
  chip.dataset.state = state;
  chip.title = STATE_MEANINGS[state];
  chip.replaceChildren(icon(state), STATE_WORDS[state]);
}

/** @param {Element} element @param {string} text @param {string} [title] */
function showNumber(element, text, title = "") {
  if (element.firstElementChild) put(element.firstElementChild, text);
  element.classList.toggle("none", text === NONE);
  setAttribute(element, "title", title);
}

/** @param {Element} element @param {number | null} loss */
function showLoss(element, loss) {
  showNumber(element, formatLoss(loss));
  setAttribute(element, "data-loss", loss === null ? "none" : loss === 0 ? "zero" : loss < 0.05 ? "some" : "much");
}

/** @returns {HTMLElement} */
export function makeGroupRow() {
  const heading = make("div", { role: "rowheader", "aria-colspan": "10" }, make("b", {}), make("span", {}));
  return make("div", { role: "row", class: "row group-row" }, heading);
}

/** @param {HTMLElement} row @param {Group} group */
export function showGroupRow(row, { client, targets, troubled }) {
  const [name, counts] = row.firstElementChild?.children ?? [];
  if (!name || !counts) return;
  put(name, client);
  put(counts, `${targets} ${targets === 1 ? "target" : "targets"}${troubled === 0 ? "" : ` · ${troubled} not up`}`);
}
