// @ts-check
// The words for what a target is, worst first.
/** @import { State } from "./types.ts" */

/** @type {readonly State[]} worst first: the order of "problems first" */
export const STATES = ["down", "unmeasured", "silent", "new", "up"];

/** @type {Readonly<Record<State, string>>} */
export const STATE_WORDS = { up: "Up", down: "Down", unmeasured: "Not measured", silent: "Silent", new: "No result" };

/** @type {Readonly<Record<State, string>>} */
export const STATE_MEANINGS = {
  up: "answers",
  down: "the last pings were lost",
  unmeasured: "the client could not ping",
  silent: "the client sends nothing, so nobody knows",
  new: "registered, nothing measured yet",
};

/** @type {Readonly<Record<string, string>>} */
const CAUSES = {
  timeout: "no answer in time",
  unreachable: "host unreachable",
  unresolved: "name not resolved",
  "send-error": "could not send",
  "no-engine": "no ping program",
  overload: "client overloaded",
  suspended: "client was suspended",
};

/** Causes that mean "lost"; every other one means "not measured". */
const LOST_CAUSES = new Set(["timeout", "unreachable"]);

/** @param {string | null | undefined} cause @returns {string} */
export function causeWords(cause) {
  return cause === null || cause === undefined ? "" : CAUSES[cause] ?? cause;
}

/** A plain recorder's client sends no cause: then null means lost. @param {string | undefined} cause @returns {boolean} */
export function isLost(cause) {
  return cause === undefined || LOST_CAUSES.has(cause);
}
