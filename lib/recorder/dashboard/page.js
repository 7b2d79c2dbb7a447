// @ts-check
// The page's script. JavaScript, since the recorder serves this very file; the type checker reads it all the same.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** @typedef {[atMs: number, latencyMs: number | null, failed: 0 | 1]} Point one ping, oldest first */
/** @typedef {{replies: number, lost: number, failed: number, loss: number | null}} Counts */
/**
 * @typedef {{id: number, ip: string, client: string, name?: string, last_hour: Counts, recent: Point[]}} Target
 */
/** @typedef {{now: string, targets: Target[]}} Summary */
/** @typedef {"reply" | "lost" | "failed" | "silent"} State */

const REFRESH_MS = 3000;
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 44;

/** @type {Record<State, string>} */
const WORDS = { reply: "Answers", lost: "No answer", failed: "Not measured", silent: "No news" };

/** @type {Map<number, Row>} */
const rows = new Map();

const byLabel = new Intl.Collator(undefined, { numeric: true });

/** One line of the table. Its elements stay, so that a selection or a screen reader is not thrown out by a refresh. */
class Row {
  element = document.createElement("tr");
  #name = document.createElement("strong");
  #where = document.createElement("small");
  #state = document.createElement("span");
  #latency = document.createElement("b");
  #range = document.createElement("small");
  #loss = cell("td", "number loss");
  #svg = document.createElementNS(SVG, "svg");

  constructor() {
    const target = cell("th", "target", this.#name, this.#where);
    target.setAttribute("scope", "row");
    this.#svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("role", "img");
    this.element.append(
      target,
      cell("td", "state", this.#state),
      cell("td", "number latency", this.#latency, this.#range),
      this.#loss,
      cell("td", "chart", this.#svg),
    );
  }

  /** @param {Target} target @param {number} nowMs */
  show({ ip, client, name, last_hour: { loss, lost, replies }, recent }, nowMs) {
    const state = stateOf(recent, nowMs);
    const latencies = recent.map(([, latencyMs]) => latencyMs).filter((ms) => ms !== null);
    const last = recent.at(-1)?.[1] ?? null;
    put(this.#name, name ?? ip);
    put(this.#where, name === undefined ? `from ${client}` : `${ip} · from ${client}`);
    put(this.#state, WORDS[state]);
    this.#state.className = state;
    put(this.#latency, last === null ? "–" : formatMs(last));
    put(
      this.#range,
      latencies.length < 2 ? "" : `${formatMs(Math.min(...latencies))} to ${formatMs(Math.max(...latencies))}`,
    );
    put(this.#loss, loss === null ? "–" : formatLoss(loss));
    this.#loss.title = loss === null ? "" : `${lost} of ${lost + replies} lost in the last hour`;
    this.#loss.classList.toggle("some", loss !== null && loss > 0);
    this.#svg.setAttribute("aria-label", `${latencies.length} of the last ${recent.length} pings answered`);
    this.#svg.replaceChildren(...draw(recent));
  }
}

/**
 * @param {string} tag @param {string} className @param {Node[]} children
 * @returns {HTMLElement}
 */
function cell(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Names come from outside: they only ever become text. @param {Element} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element '${id}'`);
  return element;
}

/**
 * The last result's state, or `silent` where far more time has passed since than between the ones before.
 * @param {Point[]} recent @param {number} nowMs @returns {State}
 */
function stateOf(recent, nowMs) {
  const last = recent.at(-1);
  if (last === undefined) return "silent";
  const gaps = recent.slice(1).map(([atMs], index) => atMs - (recent[index]?.[0] ?? atMs)).sort((a, b) => a - b);
  const usualMs = gaps[Math.floor(gaps.length / 2)] ?? 60_000;
  if (nowMs - last[0] > Math.max(30_000, usualMs * 4)) return "silent";
  if (last[2] === 1) return "failed";
  return last[1] === null ? "lost" : "reply";
}

/** Three digits that matter, as ping programs measure no finer. @param {number} ms @returns {string} */
function formatMs(ms) {
  return `${ms < 1 ? ms.toFixed(3) : ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** Little loss must not look like none, nor much like all. @param {number} loss 0 to 1 @returns {string} */
function formatLoss(loss) {
  const percent = loss * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent >= 99.95 && percent < 100) return "> 99.9 %";
  return `${percent === 0 || percent === 100 ? percent : percent.toFixed(1)} %`;
}

/**
 * A line for the answers, a full-height stroke for each ping that was lost or not measured.
 * @param {Point[]} recent @returns {Element[]}
 */
function draw(recent) {
  const first = recent[0]?.[0] ?? 0;
  const span = (recent.at(-1)?.[0] ?? 0) - first || 1;
  const top = Math.max(...recent.map(([, latencyMs]) => latencyMs ?? 0), 0.001) * 1.1;
  const x = (/** @type {number} */ atMs) => 2 + (recent.length < 2 ? WIDTH - 4 : (atMs - first) / span * (WIDTH - 4));
  const y = (/** @type {number} */ ms) => HEIGHT - 2 - ms / top * (HEIGHT - 4);
  /** @type {Element[]} */
  const shapes = [];
  /** @type {string[]} */
  let run = [];
  const endRun = () => {
    if (run.length > 0) shapes.push(...lineAndArea(run));
    run = [];
  };
  for (const [atMs, latencyMs, failed] of recent) {
    if (latencyMs !== null) {
      run.push(`${x(atMs).toFixed(1)} ${y(latencyMs).toFixed(1)}`);
      continue;
    }
    endRun();
    shapes.push(
      path(`M${x(atMs).toFixed(1)} ${HEIGHT}V${failed ? HEIGHT * 0.6 : 2}`, failed ? "chart-failed" : "chart-lost"),
    );
  }
  endRun();
  return shapes;
}

/** @param {string[]} run points that follow one another @returns {Element[]} */
function lineAndArea(run) {
  const [begin = "", end = ""] = [run[0], run.at(-1)];
  // A single answer between two losses is a dot: a line of no length draws its round caps.
  if (run.length === 1) return [path(`M${begin}h0`, "chart-dot")];
  const line = path(`M${run.join("L")}`, "chart-line");
  const area = path(`M${begin.split(" ")[0]} ${HEIGHT}L${run.join("L")}L${end.split(" ")[0]} ${HEIGHT}Z`, "chart-area");
  return [area, line];
}

/** @param {string} d @param {string} className @returns {Element} */
function path(d, className) {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("d", d);
  element.setAttribute("class", className);
  return element;
}

/** @param {Summary} summary */
function show({ now, targets }) {
  const nowMs = Date.parse(now);
  const order = [...targets].sort((a, b) =>
    byLabel.compare(a.name ?? a.ip, b.name ?? b.ip) || byLabel.compare(a.client, b.client)
  );
  const table = byId("rows");
  for (const [index, target] of order.entries()) {
    const row = rows.get(target.id) ?? new Row();
    rows.set(target.id, row);
    row.show(target, nowMs);
    if (table.children[index] !== row.element) table.insertBefore(row.element, table.children[index] ?? null);
  }
  const present = new Set(targets.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (present.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  const down = targets.filter(({ recent }) => stateOf(recent, nowMs) === "lost").length;
  const count = `${targets.length} ${targets.length === 1 ? "target" : "targets"}`;
  put(byId("counts"), targets.length === 0 ? "" : down === 0 ? count : `${count}, ${down} without an answer`);
  document.title = down === 0 ? "Pings" : `(${down}) Pings`;
  byId("empty").hidden = targets.length > 0;
  byId("targets").hidden = byId("legend").hidden = targets.length === 0;
}

/** Fetches and shows, for ever; a recorder that is away leaves the last picture and says so. */
async function refresh() {
  const updated = byId("updated");
  const away = byId("away");
  try {
    const response = await fetch("/summary", { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(/** @type {Summary} */ (await response.json()));
    put(updated, `Updated ${new Date().toLocaleTimeString()}`);
    put(away, "");
  } catch {
    // Said once, since screen readers read it out; the time of the last picture stays beside it.
    put(away, "The recorder does not answer. Trying again.");
  }
  setTimeout(refresh, REFRESH_MS);
}

/** The lines that send a first result, with this recorder's own address. */
function showFirstSteps() {
  const { origin } = location;
  const post = (/** @type {string} */ where, /** @type {object} */ body) =>
    `curl -H 'content-type: application/json' -d '${JSON.stringify(body)}' ${origin}${where}`;
  put(
    byId("curl"),
    `${post("/ips", { ip: "127.0.0.1", client: "client1" })}\n` +
      post("/record-ping/client1", { ip: "127.0.0.1", latency_ms: 0.05 }),
  );
  put(byId("client"), `ping-client --recorder ${origin} 127.0.0.1`);
}

showFirstSteps();
refresh();
