// @ts-check
// Light, dark, or as the system has it.
/// <reference lib="dom" />
import { icon } from "./icons.js";
import { make } from "./dom.js";

const KEY = "ping-theme";
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);
const WORDS = { auto: "as the system", light: "light", dark: "dark" };

/** @returns {"auto" | "light" | "dark"} */
function current() {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/**
 * A button that goes through the themes.
 * @param {() => void} changed called after each change, the system's too
 * @returns {HTMLButtonElement}
 */
export function themeButton(changed) {
  const button = make("button", { type: "button", class: "quiet-button icon-button", id: "theme" });
  const show = () => {
    const theme = current();
    button.replaceChildren(icon(theme));
    button.setAttribute("aria-label", `Theme: ${WORDS[theme]}`);
    button.title = `Theme: ${WORDS[theme]}`;
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length] ?? "auto";
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It lasts as long as the page.
    }
    show();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
  return button;
}
