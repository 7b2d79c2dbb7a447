// @ts-check
// All targets at a glance: counts, search, and a list that stays smooth with thousands of rows.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { make, oncePerFrame, put, setAttribute } from "./dom.js";
import { formatCount } from "./format.js";
import { icon } from "./icons.js";
import { makeHead, makeSortChoice, showHead } from "./list_head.js";
import { arrange, choose, isSortKey } from "./order.js";
import { overviewHash, replaceHash } from "./router.js";
import { makeGroupRow, makeRow, showGroupRow, showRow } from "./row.js";
import { STATE_WORDS, STATES } from "./states.js";
import { VirtualList } from "./virtual_list.js";
/** @import { Group } from "./row.js" */
/** @import { Sort, SortKey } from "./order.js" */
/** @import { State, Summary } from "./types.ts" */
/** @import { Targets } from "./targets.js" */

/** @typedef {{group: Group} | {target: Summary}} Item */

/** The order is made anew at most this often while results stream in: rows that jump about can't be read. */
const REORDER_MS = 3000;
const NARROW = matchMedia("(max-width: 62rem)");

export class Overview {
  #root;
  #targets;
  #search = make("input", {
    type: "search",
    id: "search",
    placeholder: "Search name, address, client",
    "aria-label": "Search targets",
    autocomplete: "off",
    spellcheck: "false",
  });
  #grouped = make("input", { type: "checkbox", id: "grouped" });
  #head = makeHead((key) => this.#sortBy(key));
  #sortChoice = makeSortChoice((sort) => this.#setSort(sort));
  #body = make("div", { role: "rowgroup", class: "rows" });
  #table = make("div", { role: "table", class: "list card", "aria-label": "Targets" }, this.#head, this.#body);
  #nothing = make("p", { class: "card note", hidden: "" }, "No target matches.");
  #found = make("p", { class: "visually-hidden", role: "status" });
  /** @type {Map<State | undefined, HTMLButtonElement>} */
  #counters = new Map();
  /** @type {VirtualList<Item>} */
  #list;
  /** @type {State | undefined} */
  #state;
  /** @type {Sort} */
  #sort = { key: "state", down: false };
  #orderedAt = -Infinity;
  #stale = false;
  #draw = oncePerFrame(() => this.#render());

  /** @param {HTMLElement} root @param {Targets} targets */
  constructor(root, targets) {
    this.#root = root;
    this.#targets = targets;
    this.#list = new VirtualList(this.#body, {
      keyOf: (item) => "group" in item ? `group ${item.group.client}` : String(item.target.id),
      heightOf: (item) => "group" in item ? 44 : NARROW.matches ? 146 : 58,
      make: (item) => "group" in item ? makeGroupRow() : makeRow(),
      show: (row, item) =>
        "group" in item ? showGroupRow(row, item.group) : showRow(row, this.#fresh(item.target), Date.now()),
    });
    this.#build();
    NARROW.addEventListener("change", () => this.update());
  }

  /** Takes search, state, order and grouping from the address. @param {URLSearchParams} words */
  show(words) {
    const search = words.get("q") ?? "";
    if (this.#search.value !== search) this.#search.value = search;
    this.#state = STATES.find((state) => state === words.get("state"));
    const key = words.get("sort");
    this.#sort = isSortKey(key) ? { key, down: words.get("down") === "1" } : { key: "state", down: false };
    this.#grouped.checked = words.get("group") === "1";
    this.#root.hidden = false;
    this.update();
  }

  hide() {
    this.#root.hidden = true;
  }

  /** Everything may differ. */
  update() {
    this.#stale = true;
    this.#orderedAt = -Infinity;
    this.#draw();
  }

  /** Results came in. @param {boolean} moved a state differs */
  touch(moved) {
    this.#stale = true;
    if (moved) this.#orderedAt = -Infinity;
    this.#draw();
  }

  #render() {
    if (this.#root.hidden) return;
    if (this.#stale && performance.now() - this.#orderedAt >= REORDER_MS) {
      this.#stale = false;
      this.#orderedAt = performance.now();
      this.#reorder();
    }
    this.#list.refresh();
  }

  #reorder() {
    const all = this.#targets.all;
    const chosen = choose(all, { search: this.#search.value, state: this.#state });
    const grouped = this.#grouped.checked;
    const rows = arrange(chosen, this.#sort, grouped);
    this.#list.setItems(grouped ? withGroups(rows) : rows.map((target) => ({ target })));
    setAttribute(this.#table, "aria-rowcount", String(rows.length + 1));
    this.#table.hidden = rows.length === 0;
    this.#nothing.hidden = rows.length > 0;
    put(
      this.#found,
      this.#search.value === "" ? "" : `${formatCount(rows.length)} of ${formatCount(all.length)} targets`,
    );
    this.#showCounts(all);
    showHead(this.#head, this.#sort);
    this.#sortChoice.show(this.#sort);
  }

  /** The row's item may be older than the latest summary. @param {Summary} target @returns {Summary} */
  #fresh(target) {
    return this.#targets.get(target.id) ?? target;
  }

  /** @param {readonly Summary[]} all */
  #showCounts(all) {
    for (const [state, button] of this.#counters) {
      const many = state === undefined ? all.length : all.filter((target) => target.state === state).length;
      const number = button.querySelector("b");
      if (number) put(number, formatCount(many));
      button.classList.toggle("zero", many === 0);
      button.hidden = many === 0 && state !== undefined && state !== this.#state &&
        (state === "new" || state === "unmeasured");
      setAttribute(button, "aria-pressed", String(state === this.#state));
    }
  }

  #build() {
    const counters = make("div", { class: "counters", role: "group", "aria-label": "Show by state" });
    for (
      const state of /** @type {(State | undefined)[]} */ ([undefined, "up", "down", "silent", "unmeasured", "new"])
    ) {
      const button = make(
        "button",
        { type: "button", class: "counter", "data-state": state ?? "all", "aria-pressed": "false" },
        make("b", {}, "0"),
        make("span", {}, icon(state ?? "all"), state === undefined ? "All" : STATE_WORDS[state]),
      );
      button.addEventListener("click", () => {
        this.#state = this.#state === state ? undefined : state;
        this.#changed();
      });
      this.#counters.set(state, button);
      counters.append(button);
    }
    const tools = make(
      "div",
      { class: "tools" },
      make("div", { class: "search" }, icon("search"), this.#search),
      make("label", { class: "check" }, this.#grouped, "Group by client"),
      this.#sortChoice.element,
    );
    this.#search.addEventListener("input", () => this.#changed());
    this.#grouped.addEventListener("change", () => this.#changed());
    addEventListener("keydown", (event) => this.#shortcut(event));
    const heading = make("h1", { class: "visually-hidden" }, "All targets");
    this.#root.append(heading, counters, tools, this.#found, this.#nothing, this.#table);
  }

  /** `/` goes to the search box, as on many pages. @param {KeyboardEvent} event */
  #shortcut(event) {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== "/" || typing || this.#root.hidden || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#search.focus();
  }

  /** A second click turns the order round. Numbers begin with the largest. @param {SortKey} key */
  #sortBy(key) {
    const first = key !== "state" && key !== "target" && key !== "client";
    this.#setSort({ key, down: this.#sort.key === key ? !this.#sort.down : first });
  }

  /** @param {Sort} sort */
  #setSort(sort) {
    this.#sort = sort;
    this.#changed();
  }

  #changed() {
    const words = new URLSearchParams();
    if (this.#search.value !== "") words.set("q", this.#search.value);
    if (this.#state !== undefined) words.set("state", this.#state);
    if (this.#sort.key !== "state" || this.#sort.down) {
      words.set("sort", this.#sort.key);
      if (this.#sort.down) words.set("down", "1");
    }
    if (this.#grouped.checked) words.set("group", "1");
    replaceHash(overviewHash(words));
    this.update();
  }
}

/** @param {readonly Summary[]} rows by client @returns {Item[]} */
function withGroups(rows) {
  /** @type {Item[]} */
  const items = [];
  /** @type {Group | undefined} */
  let group;
  for (const target of rows) {
    if (group?.client !== target.client) {
      group = { client: target.client, targets: 0, troubled: 0 };
      items.push({ group });
    }
    group.targets++;
    if (target.state !== "up") group.troubled++;
    items.push({ target });
  }
  return items;
}
