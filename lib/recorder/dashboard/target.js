// @ts-check
// One target: its state, its smoke chart over a span of time, what the span comes to, and its outages.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { getOutages, getSeries } from "./api.js";
import { makeKeys } from "./chart_keys.js";
import { makeTools } from "./chart_tools.js";
import { byId, make, put } from "./dom.js";
import { Figures } from "./figures.js";
import { formatMsUnit, formatTime } from "./format.js";
import { makeLevels } from "./level_legend.js";
import { makeNumbers } from "./numbers.js";
import { labelOf } from "./order.js";
import { makeOutages } from "./outage_list.js";
import { changeSpan, readSpan } from "./ranges.js";
import { targetHash } from "./router.js";
import { SmokeChart } from "./smoke_chart.js";
import { makeHead } from "./target_head.js";
import { appendResult, bucketAt, toTrack } from "./tracks.js";
import { Way } from "./way.js";
import { hasPeaks } from "./y_range.js";
/** @import { LiveResult, Span, Summary, Track } from "./types.ts" */
/** @import { TargetRoute } from "./router.js" */
/** @import { Targets } from "./targets.js" */

/** So wide is a bucket: enough pings in it to spread, enough buckets to be a curve. */
const BUCKET_PX = 3;
/** Figures of a live chart are asked for again at most this often. */
const REFETCH_MS = 10_000;
const SLIDE_MS = 2000;

export class TargetView {
  #root;
  #targets;
  /** @type {TargetRoute | undefined} */
  #route;
  /** @type {Span & {live: boolean, key: string}} */
  #wanted = { startMs: 0, endMs: 1, live: true, key: "" };
  /** @type {Track[]} */
  #tracks = [];
  #way = new Way();
  #loading = new AbortController();
  #loadedAt = 0;
  #keyboard = false;
  #head = makeHead();
  #figures = new Figures((client, on) => this.#toggle(client, on));
  #levels = makeLevels();
  #numbers = makeNumbers();
  #outages = makeOutages((span) => this.#way.zoom(span));
  #failed = make("p", { class: "chart-note", hidden: "" });
  #plot = make("div", { class: "plot" });
  #chart = new SmokeChart(this.#plot, { zoomed: (span) => this.#way.zoom(span), pointed: (atMs) => this.#point(atMs) });
  #tools = makeTools({
    range: (key) => this.#way.range(key),
    change: (change) => this.#way.zoom(changeSpan(this.#chart.span, change, Date.now())),
    back: () => this.#way.back(),
    reset: () => this.#way.reset(),
    peaks: (peaks) => this.#chart.set({ peaks }),
  });

  /** @param {HTMLElement} root @param {Targets} targets */
  constructor(root, targets) {
    this.#root = root;
    this.#targets = targets;
    const keys = makeKeys(this.#plot, {
      chart: this.#chart,
      zoom: (change) => this.#way.zoom(changeSpan(this.#chart.span, change, Date.now())),
      reset: () => this.#way.reset(),
      moved: (byKey) => this.#keyboard = byKey,
    });
    const chart = make("section", { class: "card chart-card", "aria-label": "Chart" }, this.#tools.element);
    chart.append(
      keys.help,
      this.#plot,
      this.#failed,
      this.#levels.element,
      this.#figures.element,
      this.#numbers.element,
    );
    root.append(this.#head.element, chart, this.#outages.element);
    setInterval(() => this.#slide(), SLIDE_MS);
  }

  /** For the tab. */
  get title() {
    return this.#route === undefined ? "Pings" : `${labelOf(this.#summary() ?? this.#route)} · Pings`;
  }

  /** @param {TargetRoute} route */
  show(route) {
    const same = !this.#root.hidden && this.#route !== undefined &&
      targetHash(route, route.words) === targetHash(this.#route, this.#route.words);
    if (same) return;
    const other = this.#route?.client !== route.client || this.#route.ip !== route.ip;
    if (other) this.#tracks = [];
    this.#route = route;
    this.#way.arrive(route);
    this.#wanted = readSpan(route.words, Date.now());
    this.#root.hidden = false;
    this.#chart.set({ tracks: this.#tracks, span: this.#wanted });
    this.#tools.show(this.#wanted, this.#way.canGoBack, this.#shownClients());
    this.#levels.show(this.#shownClients().length);
    this.summaryChanged();
    this.#load();
  }

  hide() {
    this.#root.hidden = true;
    this.#loading.abort();
    this.#route = undefined;
  }

  repaint() {
    this.#chart.repaint();
  }

  /** The summary is new: the head shows it, and figures that have grown old are asked for again. */
  summaryChanged() {
    if (this.#route === undefined) return;
    this.#head.show(this.#route, this.#summary());
    this.#figures.setClients(this.#route.client, this.#clients(), this.#shownClients());
    if (this.#wanted.live) this.#refetch();
  }

  /** @param {readonly LiveResult[]} results */
  take(results) {
    if (this.#route === undefined || !this.#wanted.live) return;
    const mine = results.filter(({ ip }) => ip === this.#route?.ip);
    if (mine.length === 0) return;
    for (const result of mine) {
      this.#tracks = this.#tracks.map((track) => track.client === result.client ? appendResult(track, result) : track);
    }
    this.#head.show(this.#route, this.#summary());
    this.#slide();
    this.#refetch();
  }

  /** The chart moves on with the time. */
  #slide() {
    if (this.#route === undefined || !this.#wanted.live || document.hidden) return;
    this.#wanted = readSpan(this.#route.words, Date.now());
    this.#chart.set({ tracks: this.#tracks, span: this.#wanted });
  }

  #refetch() {
    const stepMs = this.#tracks[0]?.stepMs ?? 0;
    if (performance.now() - this.#loadedAt > Math.max(REFETCH_MS, Math.min(stepMs, 60_000))) this.#load();
  }

  /** @returns {number} how many buckets to ask for */
  #points() {
    return Math.min(Math.max(Math.round(this.#plot.clientWidth / BUCKET_PX), 100), 500);
  }

  async #load() {
    const route = this.#route;
    if (route === undefined) return;
    if (this.#summary() === undefined) {
      this.#failed.hidden = false;
      put(this.#failed, "This recorder has no such target. It may have been deleted.");
      return;
    }
    this.#loading.abort();
    const loading = this.#loading = new AbortController();
    this.#loadedAt = performance.now();
    this.#wanted = readSpan(route.words, Date.now());
    const { startMs, endMs } = this.#wanted;
    const range = { ip: route.ip, start: Math.round(startMs), end: Math.round(endMs) };
    try {
      const tracks = await Promise.all(
        this.#shownClients().map(async (client) => {
          const [series, whole] = await Promise.all(
            [this.#points(), 1].map((points) => getSeries({ ...range, client, points }, loading.signal)),
          );
          return series && toTrack(series, whole?.points[0], this.#styleOf(client));
        }),
      );
      const outages = await getOutages(range, loading.signal);
      if (loading.signal.aborted) return;
      this.#tracks = tracks.filter((track) => track !== undefined);
      this.#outages.show(outages, route.client);
      this.#showLoaded();
    } catch (error) {
      if (loading.signal.aborted) return;
      // What was drawn stays. The head of the page says that the recorder is away.
      this.#failed.hidden = this.#tracks.length > 0;
      put(this.#failed, error instanceof Error ? error.message : String(error));
    }
  }

  #showLoaded() {
    const [main] = this.#tracks;
    this.#failed.hidden = main !== undefined && main.buckets.length > 0;
    put(this.#failed, "Nothing was measured in this span.");
    this.#chart.set({ tracks: this.#tracks, span: this.#wanted });
    this.#tools.showPeaks(hasPeaks(this.#tracks, this.#wanted));
    this.#tools.show(this.#wanted, this.#way.canGoBack, this.#shownClients(), this.#route);
    this.#head.figures(main?.whole);
    this.#numbers.show(this.#tracks);
    this.#point(this.#chart.cursorMs);
  }

  /** @param {number | undefined} atMs */
  #point(atMs) {
    const at = new Map(
      this.#tracks.map((
        track,
      ) => /** @type {const} */ ([track.client, atMs === undefined ? track.whole : bucketAt(track, atMs)])),
    );
    this.#figures.show(at, atMs);
    if (!this.#keyboard || atMs === undefined) return;
    const bucket = at.get(this.#route?.client ?? "");
    const words = bucket === undefined
      ? "nothing measured"
      : `median ${formatMsUnit(bucket.median)}, ${bucket.lost} lost`;
    put(byId("say"), `${formatTime(atMs)}: ${words}`);
  }

  /** @param {string} client @param {boolean} on */
  #toggle(client, on) {
    const others = this.#shownClients().filter((shown) => shown !== this.#route?.client && shown !== client);
    this.#way.showWith(on ? [...others, client] : others);
  }

  /** @returns {string[]} the target's own client first */
  #shownClients() {
    if (this.#route === undefined) return [];
    const { client, words } = this.#route;
    const others = (words.get("with") ?? "").split(",").filter((other) =>
      other !== client && this.#clients().includes(other)
    );
    return [client, ...others];
  }

  /** @returns {string[]} everyone that pings this address, this client first */
  #clients() {
    const same = this.#targets.all.filter(({ ip }) => ip === this.#route?.ip).map(({ client }) => client).sort();
    return [this.#route?.client ?? "", ...same.filter((client) => client !== this.#route?.client)];
  }

  /** @param {string} client @returns {number} the same one however many are shown */
  #styleOf(client) {
    return Math.max(this.#clients().indexOf(client), 0);
  }

  /** @returns {Summary | undefined} */
  #summary() {
    return this.#targets.all.find(({ client, ip }) => client === this.#route?.client && ip === this.#route?.ip);
  }
}
