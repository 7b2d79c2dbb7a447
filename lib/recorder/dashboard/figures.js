// @ts-check
// The chart's legend and its figures in one table: a line for each client that pings this address, at the cursor or for the
// whole span.
/// <reference lib="dom" />
import { DASHES } from "./chart_colours.js";
import { make, put, setAttribute, svg } from "./dom.js";
import { formatCount, formatLoss, formatMs, formatTime, NONE } from "./format.js";
/** @import { Figures as Values } from "./types.ts" */

/** @type {readonly [string, (values: Values) => string][]} */
const COLUMNS = [
  ["Median", ({ median }) => formatMs(median)],
  ["p5 – p95", ({ p5, p95 }) => spread(p5, p95)],
  ["Min – max", ({ min, max }) => spread(min, max)],
  ["Loss", ({ loss }) => formatLoss(loss)],
  ["Answered", ({ replies }) => formatCount(replies)],
  ["Lost", ({ lost }) => formatCount(lost)],
  ["Not measured", ({ failed }) => formatCount(failed)],
];

/** @param {number | null} low @param {number | null} high */
function spread(low, high) {
  return low === null || high === null ? NONE : `${formatMs(low)} – ${formatMs(high)}`;
}

/** @typedef {{row: HTMLElement, box: HTMLInputElement, cells: HTMLElement[]}} Line */

export class Figures {
  #toggled;
  #caption = make("caption", {});
  #body = make("tbody", {});
  /** @type {Map<string, Line>} */
  #lines = new Map();
  #clients = "";
  element;

  /** @param {(client: string, on: boolean) => void} toggled */
  constructor(toggled) {
    this.#toggled = toggled;
    const heads = ["Client", ...COLUMNS.map(([word]) => word)].map((word) => make("th", { scope: "col" }, word));
    const table = make(
      "table",
      { class: "figures" },
      this.#caption,
      make("thead", {}, make("tr", {}, ...heads)),
      this.#body,
    );
    this.element = make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Figures by client" },
      table,
    );
  }

  /** @param {string} own @param {readonly string[]} clients @param {readonly string[]} shown */
  setClients(own, clients, shown) {
    const key = JSON.stringify(clients);
    if (this.#clients !== key) {
      this.#clients = key;
      this.#lines = new Map(clients.map((client, style) => [client, this.#makeLine(client, style)]));
      this.#body.replaceChildren(...[...this.#lines.values()].map(({ row }) => row));
    }
    for (const [client, { row, box }] of this.#lines) {
      box.checked = shown.includes(client);
      box.disabled = client === own;
      row.classList.toggle("off", !box.checked);
      box.hidden = clients.length === 1;
      row.classList.toggle("alone", shown.length === 1);
    }
  }

  /** @param {ReadonlyMap<string, Values | undefined>} values by client @param {number | undefined} atMs */
  show(values, atMs) {
    put(this.#caption, atMs === undefined ? "Whole range, in ms" : `${formatTime(atMs)}, in ms`);
    setAttribute(this.#caption, "class", atMs === undefined ? "" : "at-cursor");
    for (const [client, { cells }] of this.#lines) {
      const own = values.get(client);
      for (const [index, [, read]] of COLUMNS.entries()) {
        const cell = cells[index];
        if (cell) put(cell, own === undefined ? NONE : read(own));
      }
    }
  }

  /** @param {string} client @param {number} style @returns {Line} */
  #makeLine(client, style) {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => this.#toggled(client, box.checked));
    const dash = (DASHES[style % DASHES.length] ?? []).join(" ");
    const sample = svg(
      "svg",
      { viewBox: "0 0 28 8", class: `sample client-${style % DASHES.length}`, "aria-hidden": "true" },
      svg("path", { d: "M1 4H27", "stroke-dasharray": dash }),
    );
    const label = make("label", { class: "check" }, box, sample, client);
    const cells = COLUMNS.map(() => make("td", {}, NONE));
    return { box, cells, row: make("tr", {}, make("th", { scope: "row" }, label), ...cells) };
  }
}
