// @ts-check
// A list of any length of which only the rows in sight are in the document.
/// <reference lib="dom" />
import { oncePerFrame } from "./dom.js";

/** Rows beyond the edge of the window, so that scrolling and Tab find the next one there. */
const BEYOND_PX = 400;

/**
 * @template T
 * @typedef {object} RowKind
 * @property {(item: T) => string} keyOf one row for each key; it keeps its element as long as it is in sight
 * @property {(item: T) => number} heightOf
 * @property {(item: T) => HTMLElement} make
 * @property {(element: HTMLElement, item: T) => void} show fills in what may have changed
 */

/** @template T */
export class VirtualList {
  /** @type {readonly T[]} */
  #items = [];
  /** @type {number[]} where each row begins, and at the end the whole height */
  #tops = [0];
  /** @type {Map<string, HTMLElement>} */
  #mounted = new Map();
  #element;
  #kind;
  #later;

  /** @param {HTMLElement} element @param {RowKind<T>} kind */
  constructor(element, kind) {
    this.#element = element;
    this.#kind = kind;
    this.#later = oncePerFrame(() => this.render());
    addEventListener("scroll", this.#later, { passive: true });
    addEventListener("resize", this.#later, { passive: true });
    element.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** @param {readonly T[]} items */
  setItems(items) {
    this.#items = items;
    const tops = [0];
    for (const item of items) tops.push((tops.at(-1) ?? 0) + this.#kind.heightOf(item));
    this.#tops = tops;
    this.#element.style.height = `${tops.at(-1)}px`;
    this.#later();
  }

  /** Shows again what is in sight, in the next frame. */
  refresh() {
    this.#later();
  }

  render() {
    if (this.#element.offsetParent === null) return;
    const { top } = this.#element.getBoundingClientRect();
    const first = Math.max(0, this.#indexAt(-top - BEYOND_PX));
    const end = this.#indexAt(innerHeight - top + BEYOND_PX) + 1;
    /** @type {Map<string, HTMLElement>} */
    const wanted = new Map();
    /** @type {HTMLElement | null} */
    let before = null;
    for (let index = first; index < Math.min(end, this.#items.length); index++) {
      const item = /** @type {T} */ (this.#items[index]);
      const key = this.#kind.keyOf(item);
      const row = this.#mounted.get(key) ?? this.#kind.make(item);
      this.#kind.show(row, item);
      row.style.transform = `translateY(${this.#tops[index]}px)`;
      row.ariaRowIndex = String(index + 2);
      wanted.set(key, row);
      // The order in the document is the order for Tab and for screen readers. A row with the focus is never moved: that drops it.
      /** @type {ChildNode | null} */
      const next = before === null ? this.#element.firstChild : before.nextSibling;
      if (next !== row && !(row.isConnected && row.contains(document.activeElement))) {
        this.#element.insertBefore(row, next);
      }
      before = row;
    }
    for (const [key, row] of this.#mounted) {
      if (wanted.has(key)) continue;
      // The row that has the focus stays, out of sight.
      if (row.contains(document.activeElement) && this.#items.some((item) => this.#kind.keyOf(item) === key)) {
        wanted.set(key, row);
      } else row.remove();
    }
    this.#mounted = wanted;
  }

  /** The row at a height, by halving. @param {number} y @returns {number} */
  #indexAt(y) {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tops[middle + 1] ?? 0) <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Arrow keys go from row to row. @param {KeyboardEvent} event */
  #walk(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...this.#element.querySelectorAll("a")].sort((a, b) =>
      a.getBoundingClientRect().top - b.getBoundingClientRect().top
    );
    const next = links[links.findIndex((link) => link === document.activeElement) + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.closest("[role=row]")?.scrollIntoView({ block: "nearest" });
  }
}
