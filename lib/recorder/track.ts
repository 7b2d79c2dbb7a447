import type { Bucket } from "./bucket.ts";
import { Results } from "./results.ts";
import { Scanner } from "./scanner.ts";
import type { Series } from "./store.ts";

/** The shortest window of a summary, µs: so much of the newest results is at hand. */
export const RECENT_US = 300_000_000;

/** At least so many of the newest results are at hand, and at most so many. */
export const LEAST_RECENT = 30;
const MOST_RECENT = 4096;

/** The counts of all results from a moment on. */
export interface OpenWindow {
  readonly fromMs: number;
  readonly bucket: Bucket;
}

/** The newest results of a series: all from `fromUs` on. */
export class Recent {
  readonly results: Results;
  fromUs: number;

  constructor(results: Results, fromUs: number) {
    this.results = results;
    this.fromUs = fromUs;
  }

  insert(timeUs: number, value: number, nowUs: number): void {
    if (timeUs < this.fromUs) return;
    const { results } = this;
    results.insert(timeUs, value);
    if (results.length < 2 * LEAST_RECENT || results.length < results.times.length) return;
    // The columns are full: drop what nobody asks for before they grow.
    const old = Math.min(results.lowerBound(nowUs - RECENT_US), results.length - LEAST_RECENT);
    const surplus = results.length - MOST_RECENT / 2;
    const count = Math.max(old, results.length >= MOST_RECENT ? surplus : 0);
    if (count <= 0) return;
    results.dropFirst(count);
    this.fromUs = results.time(0);
  }
}

/** What the store holds in memory of one series. */
export class Track {
  series: Series;
  /** Whether a person has set the name. */
  pinned: boolean;
  /** Results that are stored but not yet folded into blocks. */
  readonly tail = new Results();
  /** The newest time in a block, µs; −1 where there is none. */
  foldedToUs = -1;
  scanner: Scanner;
  /** Whether results came that the scanner has already passed. */
  scannerStale = false;
  /** When the scanner was last made anew, epoch ms. */
  rescannedMs = -Infinity;
  /** When the last result arrived, epoch ms. */
  heardMs: number;
  /** These are made when they are first asked for. */
  recent?: Recent;
  hour?: OpenWindow;
  day?: OpenWindow;

  constructor(series: Series, { pinned = false, heardMs = Infinity, saved = undefined as string | undefined } = {}) {
    this.series = series;
    this.pinned = pinned;
    this.heardMs = heardMs;
    this.scanner = new Scanner(() => {}, saved);
  }

  /** Takes note of a result that was stored. */
  note(timeUs: number, value: number, nowMs: number): void {
    this.heardMs = nowMs;
    this.scan(timeUs, value);
    this.recent?.insert(timeUs, value, nowMs * 1000);
    if (this.hour !== undefined && timeUs >= this.hour.fromMs * 1000) this.hour.bucket.add(value);
    if (this.day !== undefined && timeUs >= this.day.fromMs * 1000) this.day.bucket.add(value);
  }

  scan(timeUs: number, value: number): void {
    const atMs = Math.floor(timeUs / 1000);
    const lastMs = this.scanner.lastMs;
    if (lastMs === null || atMs >= lastMs) return this.scanner.feed(atMs, value);
    this.scannerStale = true;
  }
}
