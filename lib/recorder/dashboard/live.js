// @ts-check
// The live feed. Read by fetch and not by EventSource, which gives up for good after an answer that is no stream, and
// cannot tell a line that is quiet from one that is dead.
/// <reference lib="dom" />
import { ask } from "./api.js";
/** @import { LiveResult } from "./types.ts" */

/** The recorder says something at least every 15 s; after three times that nobody is there. */
const QUIET_MS = 45_000;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 8000;

/**
 * @typedef {object} Listener
 * @property {() => void} opened the feed begins, for the first time or again: what was missed must be asked for
 * @property {(results: LiveResult[]) => void} results
 * @property {() => void} targets the list of targets changed
 * @property {(reason: unknown) => void} lost the recorder went away; it is tried again
 */

/**
 * Listens for ever.
 * @param {Listener} listener @param {AbortSignal} [signal]
 */
export async function listen(listener, signal) {
  let waitMs = FIRST_RETRY_MS;
  while (signal?.aborted !== true) {
    try {
      await readFeed(listener, signal, () => waitMs = FIRST_RETRY_MS);
      throw new Error("the feed ended");
    } catch (error) {
      if (signal?.aborted) return;
      listener.lost(error);
    }
    await pause(waitMs);
    waitMs = Math.min(waitMs * 1.6, MAX_RETRY_MS);
  }
}

/** Waits, though not while nobody looks. @param {number} waitMs */
async function pause(waitMs) {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  while (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
}

/**
 * @param {Listener} listener @param {AbortSignal | undefined} signal @param {() => void} opened
 * @returns {Promise<void>}
 */
async function readFeed(listener, signal, opened) {
  const quiet = new AbortController();
  const stop = () => quiet.abort(new Error("the recorder fell silent"));
  let timer = setTimeout(stop, QUIET_MS);
  try {
    const either = signal === undefined ? quiet.signal : AbortSignal.any([quiet.signal, signal]);
    const response = await ask("/events", either);
    if (response.body === null) return;
    opened();
    listener.opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(stop, QUIET_MS);
      text += next.value.replaceAll("\r", "");
      const messages = text.split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) tell(message, listener);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} message its lines, without the empty one @param {Listener} listener */
function tell(message, listener) {
  let event = "message";
  let data = "";
  for (const line of message.split("\n")) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") event = value;
    else if (field === "data") data += value;
  }
  if (event === "results") listener.results(/** @type {LiveResult[]} */ (JSON.parse(data)));
  else if (event === "targets") listener.targets();
}
