// @ts-check
// What the page knows of every target: the recorder's summary, kept fresh by the live feed.
import { isLost } from "./states.js";
/** @import { LiveResult, Recent, State, Summary } from "./types.ts" */

/** As many as `/summary` tells. */
const RECENT = 30;
/** So many lost in a row are "down", as the recorder has it. */
const DOWN_AFTER = 3;

export class Targets {
  /** @type {Map<number, Summary>} */
  #byId = new Map();

  /** @returns {readonly Summary[]} */
  get all() {
    return [...this.#byId.values()];
  }

  get size() {
    return this.#byId.size;
  }

  /** @param {number} id @returns {Summary | undefined} */
  get(id) {
    return this.#byId.get(id);
  }

  /** @param {readonly Summary[]} list */
  replace(list) {
    this.#byId = new Map(list.map((target) => [target.id, target]));
  }

  /**
   * Takes in what the feed brought.
   * @param {readonly LiveResult[]} results
   * @returns {{changed: Set<number>, moved: boolean, unknown: boolean}} whose row differs now, whether any state does, and
   * whether a target came up that no summary has told of
   */
  apply(results) {
    /** @type {Set<number>} */
    const changed = new Set();
    let moved = false;
    let unknown = false;
    for (const result of results) {
      const target = this.#byId.get(result.id);
      if (target === undefined) {
        unknown = true;
        continue;
      }
      // A backlog that comes in late is history, not news.
      if (target.last !== null && Date.parse(target.last.time) >= Date.parse(result.time)) continue;
      const { time, latency_ms, cause } = result;
      target.last = { time, latency_ms, cause };
      target.recent = [...target.recent, toRecent(result)].slice(-RECENT);
      const state = stateAfter(target.recent, target.state);
      if (state !== target.state) {
        target.state = state;
        target.since = time;
        moved = true;
      }
      changed.add(result.id);
    }
    return { changed, moved, unknown };
  }
}

/** @param {LiveResult} result @returns {Recent} */
function toRecent({ latency_ms, cause }) {
  return latency_ms ?? (isLost(cause) ? null : "f");
}

/**
 * The recorder's own rule; its next summary corrects what this cannot know.
 * @param {readonly Recent[]} recent oldest first @param {State} before @returns {State}
 */
export function stateAfter(recent, before) {
  if (recent.at(-1) === "f") {
    return recent.slice(-DOWN_AFTER).every((ping) => ping === "f") ? "unmeasured" : before;
  }
  const asked = recent.filter((ping) => ping !== "f").slice(-DOWN_AFTER);
  if (asked.at(-1) !== null) return "up";
  return asked.every((ping) => ping === null) ? "down" : before === "down" ? "down" : "up";
}
