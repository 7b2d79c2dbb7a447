// @ts-check
// The heads of the overview's columns, which sort, and the choice that takes their place in a narrow window.
/// <reference lib="dom" />
import { make, setAttribute } from "./dom.js";
import { isSortKey, SORT_WORDS } from "./order.js";
/** @import { Sort, SortKey } from "./order.js" */

/** @type {readonly {key?: SortKey, word: string, name: string, title?: string}[]} */
const COLUMNS = [
  { key: "state", word: "State", name: "c-state" },
  { key: "target", word: "Target", name: "c-target" },
  { key: "client", word: "Client", name: "c-client" },
  { word: "Last pings", name: "c-spark" },
  { key: "last", word: "Last", name: "c-last number", title: "the last latency, in ms" },
  { key: "median", word: "Median", name: "c-median number", title: "of the last hour, in ms" },
  { key: "p95", word: "p95", name: "c-p95 number", title: "95 of 100 answers of the last hour were faster, in ms" },
  { key: "loss5m", word: "Loss 5 min", name: "c-loss number", title: "lost of asked, last 5 minutes" },
  { key: "loss1h", word: "1 h", name: "c-loss number", title: "lost of asked, last hour" },
  { key: "loss24h", word: "24 h", name: "c-loss number", title: "lost of asked, last 24 hours" },
];

/** @param {(key: SortKey) => void} sortBy @returns {HTMLElement} */
export function makeHead(sortBy) {
  const row = make("div", { role: "row", class: "row head-row", "aria-rowindex": "1" });
  for (const { key, word, name, title } of COLUMNS) {
    const head = make("div", { role: "columnheader", class: `cell ${name}`, title });
    if (key === undefined) head.append(word);
    else {
      const button = make("button", { type: "button", "data-key": key }, word);
      button.addEventListener("click", () => sortBy(key));
      head.append(button);
    }
    row.append(head);
  }
  return make("div", { role: "rowgroup", class: "head" }, row);
}

/** @param {HTMLElement} head from `makeHead` @param {Sort} sort */
export function showHead(head, { key, down }) {
  for (const cell of head.querySelectorAll("[role=columnheader]")) {
    const own = cell.querySelector("button")?.dataset.key;
    if (own === undefined) continue;
    if (own === key) setAttribute(cell, "aria-sort", down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
}

/** @param {(sort: Sort) => void} chosen @returns {{element: HTMLElement, show: (sort: Sort) => void}} */
export function makeSortChoice(chosen) {
  const select = make("select", { id: "sort" });
  for (const [key, word] of Object.entries(SORT_WORDS)) select.append(make("option", { value: key }, word));
  select.addEventListener("change", () => {
    const { value } = select;
    if (isSortKey(value)) chosen({ key: value, down: value !== "state" && value !== "target" && value !== "client" });
  });
  return {
    element: make("label", { class: "sort" }, make("span", { class: "visually-hidden" }, "Sort by"), select),
    show: ({ key }) => {
      if (select.value !== key) select.value = key;
    },
  };
}
