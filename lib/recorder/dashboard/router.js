// @ts-check
// What the page shows stands in the address behind the `#`, so that links, back and reload work.
/// <reference lib="dom" />

/** @typedef {{view: "overview", words: URLSearchParams}} OverviewRoute */
/** @typedef {{view: "target", client: string, ip: string, words: URLSearchParams}} TargetRoute */
/** @typedef {OverviewRoute | TargetRoute} Route */

/** Anything that cannot be read is the overview. @param {string} hash with its `#` @returns {Route} */
export function readRoute(hash) {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const words = new URLSearchParams(query);
  const found = /^\/target\/([^/]+)\/([^/]+)$/.exec(path);
  try {
    if (found !== null) {
      const [, client = "", ip = ""] = found;
      return { view: "target", client: decodeURIComponent(client), ip: decodeURIComponent(ip), words };
    }
  } catch {
    // A broken percent sign.
  }
  return { view: "overview", words };
}

/** @param {{client: string, ip: string}} target @param {URLSearchParams} [words] @returns {string} */
export function targetHash({ client, ip }, words = new URLSearchParams()) {
  const query = words.size === 0 ? "" : `?${words}`;
  return `#/target/${encodeURIComponent(client)}/${encodeURIComponent(ip)}${query}`;
}

/** @param {URLSearchParams} words @returns {string} */
export function overviewHash(words) {
  return words.size === 0 ? "#/" : `#/?${words}`;
}

/** Changes the address without a new entry in the history. @param {string} hash */
export function replaceHash(hash) {
  if (location.hash !== hash) history.replaceState(null, "", hash);
}
