// @ts-check
// The way through one target's spans and clients: every step is a change of the address, so the browser's own back works, too.
/// <reference lib="dom" />
import { targetHash } from "./router.js";
/** @import { TargetRoute } from "./router.js" */
/** @import { Span } from "./types.ts" */

export class Way {
  /** @type {TargetRoute | undefined} */
  #route;
  /** What was shown before each zoom. @type {string[]} */
  #trail = [];

  /** Where it stands. Another target begins a new way. @param {TargetRoute | undefined} route */
  arrive(route) {
    if (this.#route?.client !== route?.client || this.#route?.ip !== route?.ip) this.#trail = [];
    this.#route = route;
  }

  get canGoBack() {
    return this.#trail.length > 0;
  }

  /** @param {Span} span */
  zoom({ startMs, endMs }) {
    if (this.#route !== undefined) this.#trail.push(location.hash);
    this.#go(new URLSearchParams({ from: String(Math.round(startMs)), to: String(Math.round(endMs)) }));
  }

  /** @param {string} key one of `RANGES` */
  range(key) {
    this.#go(new URLSearchParams({ range: key }));
  }

  /** To the span before the last zoom. */
  back() {
    const before = this.#trail.pop();
    if (before === undefined) this.reset();
    else location.hash = before;
  }

  /** To the range that was shown before the first zoom. */
  reset() {
    const first = this.#trail.find((hash) => !hash.includes("from="));
    this.#trail = [];
    if (first === undefined) this.#go(new URLSearchParams());
    else location.hash = first;
  }

  /** @param {readonly string[]} others the clients that are drawn beside the target's own */
  showWith(others) {
    if (this.#route === undefined) return;
    const words = new URLSearchParams(this.#route.words);
    if (others.length === 0) words.delete("with");
    else words.set("with", others.join(","));
    location.hash = targetHash(this.#route, words);
  }

  /** @param {URLSearchParams} words the span; the other clients stay */
  #go(words) {
    if (this.#route === undefined) return;
    const others = this.#route.words.get("with");
    if (others !== null) words.set("with", others);
    location.hash = targetHash(this.#route, words);
  }
}
