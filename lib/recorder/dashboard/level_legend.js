// @ts-check
// What the colours and shades of the chart mean.
/// <reference lib="dom" />
import { make } from "./dom.js";
import { LEVEL_WORDS } from "./loss_levels.js";

/** @returns {{element: HTMLElement, show: (clients: number) => void}} `show`: how many clients are drawn */
export function makeLevels() {
  const element = make("ul", { class: "levels", "aria-label": "Legend" });
  const add = (/** @type {string} */ name, /** @type {string} */ word) => {
    const item = make("li", {}, make("i", { class: `key ${name}` }), word);
    element.append(item);
    return item;
  };
  const alone = [
    add("key-outer", "fastest to slowest"),
    add("key-inner", "p5 to p95"),
    add("key-median", "median, coloured by loss:"),
  ];
  const several = [add("key-inner", "p5 to p95, in the client's colour"), add("key-none", "loss:")];
  for (const [level, word] of LEVEL_WORDS.entries()) add(`key-level level-${level}`, word);
  add("key-failed", "not measured");
  return {
    element,
    show(clients) {
      for (const item of alone) item.hidden = clients > 1;
      for (const item of several) item.hidden = clients <= 1;
    },
  };
}
