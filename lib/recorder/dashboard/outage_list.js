// @ts-check
// When the target was down, when it could not be measured and when its client was silent: three different things.
/// <reference lib="dom" />
import { make } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { icon } from "./icons.js";
import { causeWords } from "./states.js";
/** @import { Outage, Span, State } from "./types.ts" */

const SHOWN = 100;

/** @type {Readonly<Record<Outage["kind"], {state: State, word: string}>>} */
const KINDS = {
  "target-down": { state: "down", word: "Target down" },
  "not-measured": { state: "unmeasured", word: "Not measured" },
  "client-silent": { state: "silent", word: "Client silent" },
};

const HEADS = ["What", "Start", "End", "Length", "Cause", "Seen by", "Chart"];

/** @param {(span: Span) => void} zoom */
export function makeOutages(zoom) {
  const body = make("tbody", {});
  const heads = HEADS.map((word) => make("th", { scope: "col" }, word));
  const table = make("table", { class: "outages" }, make("thead", {}, make("tr", {}, ...heads)), body);
  const scroll = make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "List of outages" },
    table,
  );
  const note = make("p", { class: "quiet note-line" });
  const element = make(
    "section",
    { class: "card outage-card", "aria-label": "Outages" },
    make("h2", {}, "Outages"),
    note,
    scroll,
  );
  let before = "";
  return {
    element,

    /** @param {readonly Outage[]} outages newest first, of everyone who pings the address @param {string} client whose view this is */
    show(outages, client) {
      const own = outages.filter((outage) => outage.client === client);
      const key = JSON.stringify(own);
      // Rows that stay the same stay: a focus or a selection in them is kept.
      if (key === before) return;
      before = key;
      scroll.hidden = own.length === 0;
      note.hidden = own.length > 0 && own.length <= SHOWN;
      note.textContent = own.length === 0 ? "None in this span." : `The latest ${SHOWN} of ${own.length}.`;
      body.replaceChildren(...own.slice(0, SHOWN).map((outage) => makeRow(outage, zoom)));
    },
  };
}

/** @param {Outage} outage @param {(span: Span) => void} zoom */
function makeRow(outage, zoom) {
  const { state, word } = KINDS[outage.kind];
  const startMs = Date.parse(outage.start);
  const endMs = outage.end === null ? Date.now() : Date.parse(outage.end);
  const show = make("button", {
    type: "button",
    class: "quiet-button",
    "aria-label": `Show ${word}, ${formatTime(startMs)}`,
  }, "Show");
  const around = Math.max((endMs - startMs) * 0.5, 60_000);
  show.addEventListener(
    "click",
    () => zoom({ startMs: startMs - around, endMs: Math.min(endMs + around, Date.now()) }),
  );
  const cells = [
    make("span", { class: "state", "data-state": state }, icon(state), word),
    formatTime(startMs),
    outage.end === null ? make("b", { class: "still" }, "still going on") : formatTime(endMs),
    formatDuration(outage.length_s),
    [causeWords(outage.cause), counts(outage)].filter((part) => part !== "").join(", "),
    seenBy(outage),
    show,
  ];
  return make("tr", {}, ...cells.map((content, index) => make("td", { "data-label": HEADS[index] }, content)));
}

/** @param {Outage} outage @returns {string} */
function counts({ lost, failed, kind }) {
  if (kind === "client-silent") return "";
  return [lost > 0 ? `${lost} lost` : "", failed > 0 ? `${failed} not measured` : ""].filter((part) => part !== "")
    .join(", ");
}

/** @param {Outage} outage @returns {string} */
function seenBy({ also_down, up_for, client }) {
  const parts = [
    also_down.length > 0 ? `also ${also_down.join(", ")}` : "",
    up_for.length > 0 ? `up for ${up_for.join(", ")}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ") || `${client} alone`;
}
