// @ts-check
// What an empty recorder shows: two ways to the first result, ready to be pasted.
/// <reference lib="dom" />
import { make } from "./dom.js";
import { icon } from "./icons.js";

/** Puts the lines into the section. @param {HTMLElement} root @param {string} origin the recorder's own address */
export function showFirstSteps(root, origin) {
  root.append(
    make("div", { class: "pulse", "aria-hidden": "true" }),
    make("h1", {}, "Waiting for the first result"),
    make("p", { class: "quiet" }, "The recorder runs and is empty. Let the client ping for you:"),
    line("client", "ping-client line", clientLine(origin)),
    make("p", { class: "quiet" }, "Or send one result by hand:"),
    line("curl", "curl line", curlLine(origin)),
    make("p", { class: "quiet" }, "This page shows it at once."),
  );
}

/** Works in any POSIX shell: registers 127.0.0.1 and sends a latency for it. @param {string} origin @returns {string} */
export function curlLine(origin) {
  const post = (/** @type {string} */ path, /** @type {object} */ body) =>
    `curl -sS -H 'content-type: application/json' -d '${JSON.stringify(body)}' ${origin}${path}`;
  return `${post("/ips", { ip: "127.0.0.1", client: "client1" })} && ` +
    post("/record-ping/client1", { ip: "127.0.0.1", latency_ms: 0.05 });
}

/** @param {string} origin @returns {string} */
function clientLine(origin) {
  return `ping-client --recorder ${origin} 127.0.0.1`;
}

/** @param {string} id @param {string} what @param {string} text @returns {HTMLElement} */
function line(id, what, text) {
  const code = make("pre", { id, tabindex: "0", "aria-label": what }, text);
  const word = make("span", { role: "status" }, "Copy");
  const button = make(
    "button",
    { type: "button", class: "quiet-button", "aria-label": `Copy the ${what}` },
    icon("copy"),
    word,
  );
  button.addEventListener("click", async () => {
    word.textContent = await copy(text, code) ? "Copied" : "Select and copy";
    setTimeout(() => word.textContent = "Copy", 2000);
  });
  return make("div", { class: "paste" }, code, button);
}

/** The clipboard is open to secure pages only; elsewhere the line is selected for Ctrl-C. @param {string} text @param {HTMLElement} code */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}
