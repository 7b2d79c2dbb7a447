// @ts-check
// The smoke chart: uPlot for axes, cursor and drag; our own brush for the smoke.
/// <reference lib="dom" />
import { readColours } from "./chart_colours.js";
import { formatMs, formatTick } from "./format.js";
import { lanesHeight, paintLanes } from "./loss_lane.js";
import { paintSmoke } from "./smoke_paint.js";
import { heightRange } from "./y_range.js";
/** @import { Plane } from "./smoke_paint.js" */
/** @import { Span, Track } from "./types.ts" */
/** @import UPlot from "uplot" */

/** A shorter drag is a click. */
const MIN_DRAG_PX = 6;

/**
 * @typedef {object} ChartEvents
 * @property {(span: Span) => void} zoomed a span was dragged out
 * @property {(atMs: number | undefined) => void} pointed the cursor stands at a time, or nowhere
 */

/** uPlot's script puts itself here. @returns {typeof UPlot} */
function library() {
  return /** @type {{uPlot: typeof UPlot}} */ (/** @type {unknown} */ (globalThis)).uPlot;
}

export class SmokeChart {
  #root;
  #events;
  /** @type {readonly Track[]} */
  #tracks = [];
  /** @type {Span} */
  #span = { startMs: 0, endMs: 1 };
  #peaks = false;
  #colours = readColours();
  /** @type {UPlot | undefined} */
  #plot;
  /** @type {number | undefined} */
  #cursorMs;

  /** @param {HTMLElement} root @param {ChartEvents} events */
  constructor(root, events) {
    this.#root = root;
    this.#events = events;
    new ResizeObserver(() => this.#resize()).observe(root);
  }

  get span() {
    return this.#span;
  }

  get cursorMs() {
    return this.#cursorMs;
  }

  /** @param {{tracks?: readonly Track[], span?: Span, peaks?: boolean}} change */
  set({ tracks = this.#tracks, span = this.#span, peaks = this.#peaks }) {
    const lanes = tracks.length !== this.#tracks.length;
    this.#tracks = tracks;
    this.#span = span;
    this.#peaks = peaks;
    if (this.#plot === undefined || lanes) this.#build();
    else this.#plot.setData(this.#data());
  }

  /** The colours changed. */
  repaint() {
    this.#colours = readColours();
    if (this.#plot !== undefined) this.#build();
  }

  /** Puts the cursor at a time, or takes it away. @param {number | undefined} atMs */
  point(atMs) {
    if (this.#plot === undefined) return;
    const left = atMs === undefined ? -10 : this.#plot.valToPos(atMs, "x");
    this.#plot.setCursor({ left, top: this.#plot.over.clientHeight / 2 });
  }

  /** @returns {UPlot.AlignedData} only the corners: the smoke is painted from the tracks */
  #data() {
    const { startMs, endMs } = this.#span;
    const [low, high] = heightRange(this.#tracks, this.#span, this.#peaks);
    return [[startMs, endMs], [low, high]];
  }

  #build() {
    this.#plot?.destroy();
    this.#plot = undefined;
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (width === 0 || height === 0) return;
    this.#plot = new (library())(this.#options(width, height), this.#data(), this.#root);
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (width === 0 || height === 0) return;
    if (this.#plot === undefined) this.#build();
    else if (this.#plot.width !== width || this.#plot.height !== height) this.#plot.setSize({ width, height });
  }

  /** @param {number} width @param {number} height @returns {UPlot.Options} */
  #options(width, height) {
    const { text, grid, font } = this.#colours;
    const lanes = lanesHeight(Math.max(this.#tracks.length, 1));
    const axis = { stroke: text, font, ticks: { show: false }, border: { show: false } };
    return {
      width,
      height,
      ms: 1,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: MIN_DRAG_PX } },
      scales: { x: { time: true, range: (_, low, high) => [low, high] }, y: { range: (_, low, high) => [low, high] } },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28 + lanes,
          gap: 8 + lanes,
          space: 76,
          values: (_, ticks, __, ___, stepMs) => ticks.map((tick) => formatTick(tick, stepMs)),
        },
        {
          ...axis,
          grid: { stroke: grid, width: 1 },
          size: 62,
          gap: 8,
          space: 44,
          values: (_, ticks) => ticks.map((tick) => `${tick === 0 ? 0 : trim(formatMs(tick))} ms`),
        },
      ],
      hooks: {
        draw: [(plot) => this.#paint(plot)],
        setSelect: [(plot) => this.#select(plot)],
        setCursor: [(plot) => this.#moved(plot)],
      },
    };
  }

  /** @param {UPlot} plot */
  #paint(plot) {
    const { left, top, width, height } = plot.bbox;
    /** @type {Plane} */
    const plane = {
      context: plot.ctx,
      colours: this.#colours,
      x: (ms) => plot.valToPos(ms, "x", true),
      y: (ms) => plot.valToPos(ms, "y", true),
      left,
      top,
      width,
      height,
      ratio: devicePixelRatio,
    };
    paintSmoke(plane, this.#tracks);
    paintLanes(plane, this.#tracks);
  }

  /** @param {UPlot} plot */
  #select(plot) {
    const { left, width } = plot.select;
    if (width < MIN_DRAG_PX) return;
    const span = { startMs: plot.posToVal(left, "x"), endMs: plot.posToVal(left + width, "x") };
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#events.zoomed(span);
  }

  /** @param {UPlot} plot */
  #moved({ cursor: { left = -1 }, posToVal }) {
    const atMs = left < 0 ? undefined : posToVal(left, "x");
    if (atMs === this.#cursorMs) return;
    this.#cursorMs = atMs;
    this.#events.pointed(atMs);
  }
}

/** @param {string} number @returns {string} without zeros at its end */
function trim(number) {
  return number.includes(".") ? number.replace(/\.?0+$/, "") : number;
}
