// @ts-check
// Asks for the token that a recorder may want for reading.
/// <reference lib="dom" />
import { setToken } from "./api.js";
import { make } from "./dom.js";

/** Fills the form. @param {HTMLElement} form @param {() => void} given called with each token that was given */
export function askForToken(form, given) {
  const input = make("input", { type: "password", id: "token-input", autocomplete: "current-password", required: "" });
  form.append(
    make("h1", {}, "This recorder wants a token"),
    make("p", { class: "quiet" }, "Reading is for those who have one. It is kept in this tab only."),
    make("label", { for: "token-input" }, "Token"),
    make("div", { class: "paste" }, input, make("button", { type: "submit", class: "main-button" }, "Open")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    setToken(input.value);
    given();
  });
}
