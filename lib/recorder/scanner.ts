import type { Cause } from "../recorder_contract.ts";
import { causeOf, isFailed } from "./ping_value.ts";
import type { SeriesState } from "./store.ts";

/** Silence is at least this long, however short the interval. */
const LEAST_SILENCE_MS = 60_000;

/** Silence is longer than this many usual intervals. */
const SILENT_INTERVALS = 3;

/** So many lost in a row are an outage, and so many failed in a row are not measured. */
const RUN = 3;

/** The usual interval is the median of so many: it follows a change of interval, and two gaps do not move it. */
const INTERVALS = 5;

export type EpisodeKind = "up" | "target-down" | "not-measured" | "client-silent";

/** A stretch of time of one kind. Episodes of one series never overlap, so that no share of time exceeds 100 %. */
export interface Episode {
  readonly kind: EpisodeKind;
  readonly startMs: number;
  /** null while it goes on. */
  readonly endMs: number | null;
  readonly lost: number;
  readonly failed: number;
  readonly cause: Cause | null;
}

interface Run {
  startMs: number;
  lost: number;
  failed: number;
  /** How often each value below zero came, by −1 − value. */
  causes: number[];
}

interface Saved {
  /** `pending`: too few results since the last silence to say more than what they are. */
  phase: "up" | "target-down" | "not-measured" | "pending";
  phaseStartMs: number;
  lastMs: number | null;
  lastValue: number;
  /** The newest intervals, in no order, and which is replaced next. */
  intervals: number[];
  nextInterval: number;
  /** The first results, [ms, value], kept back until the usual interval is known. */
  early: [number, number][] | null;
  asked: Run;
  unmeasured: Run;
}

/**
 * Reads the results of one series in the order of their times and tells its episodes apart. It looks at times alone, no
 * clock, and each result must be later than the one before: the caller sorts. So a clock that steps can make a silence
 * too long or too short, but never time that counts twice.
 */
export class Scanner {
  #state: Saved;
  readonly #onEpisode: (episode: Episode) => void;

  /**
   * @param onEpisode is told each episode as it ends, in their order
   * @param saved what `save` gave, to go on from there
   */
  constructor(onEpisode: (episode: Episode) => void = () => {}, saved?: string) {
    this.#onEpisode = onEpisode;
    this.#state = saved === undefined ? emptyState() : JSON.parse(saved);
  }

  save(): string {
    return JSON.stringify(this.#state);
  }

  /** Time of the newest result, epoch ms; null while there is none. */
  get lastMs(): number | null {
    return this.#state.early?.at(-1)?.[0] ?? this.#state.lastMs;
  }

  /** The next result. */
  feed(atMs: number, value: number): void {
    const { early } = this.#state;
    if (early === null) return this.#take(atMs, value);
    early.push([atMs, value]);
    if (early.length > INTERVALS) this.#settle();
  }

  /**
   * How the series is doing.
   * @param heardMs when the last result arrived; an older `at` of it counts instead. A clock that is ahead on the
   * pinging side must not make a dead client look alive.
   */
  current(nowMs: number, heardMs = Infinity): { readonly state: SeriesState; readonly sinceMs: number | null } {
    const { phase, phaseStartMs, lastMs, lastValue, asked, unmeasured } = this.#settled().#state;
    if (lastMs === null) return { state: "new", sinceMs: null };
    if (nowMs - Math.min(lastMs, heardMs) > this.#settled().silenceMs()) return { state: "silent", sinceMs: lastMs };
    if (phase === "up") return { state: "up", sinceMs: phaseStartMs };
    if (phase === "target-down") return { state: "down", sinceMs: phaseStartMs };
    if (phase === "not-measured") return { state: "unmeasured", sinceMs: phaseStartMs };
    if (isFailed(lastValue)) return { state: "unmeasured", sinceMs: unmeasured.startMs };
    return { state: "down", sinceMs: asked.startMs };
  }

  /** Tells the last episodes: those that go on at `nowMs` have no end. */
  finish(nowMs: number): void {
    this.#settle();
    const { lastMs } = this.#state;
    if (lastMs === null) return;
    const silent = nowMs - lastMs > this.silenceMs();
    this.#end(silent ? lastMs : null);
    if (silent) this.#onEpisode(silence(lastMs, null));
  }

  /** From which length on a gap is a silence, ms. */
  silenceMs(): number {
    const sorted = [...this.#state.intervals].sort((a, b) => a - b);
    return Math.max(LEAST_SILENCE_MS, SILENT_INTERVALS * (sorted[Math.floor(sorted.length / 2)] ?? 0));
  }

  /** This scanner with what it keeps back counted in; a copy where there is such. */
  #settled(): Scanner {
    if (this.#state.early === null) return this;
    const copy = new Scanner(() => {}, this.save());
    copy.#settle();
    return copy;
  }

  #settle(): void {
    const { early } = this.#state;
    if (early === null) return;
    this.#state.early = null;
    this.#state.intervals = early.slice(1).map(([atMs], i) => atMs - (early[i]?.[0] ?? atMs));
    for (const [atMs, value] of early) this.#take(atMs, value);
  }

  #take(atMs: number, value: number): void {
    const state = this.#state;
    const gapMs = state.lastMs === null ? 0 : atMs - state.lastMs;
    if (state.lastMs === null) {
      this.#begin(atMs);
    } else {
      // The usual interval costs a sort, and no gap below a minute needs it.
      if (gapMs > LEAST_SILENCE_MS && gapMs > this.silenceMs()) {
        this.#end(state.lastMs);
        this.#onEpisode(silence(state.lastMs, atMs));
        this.#begin(atMs);
      }
      state.intervals[state.nextInterval] = gapMs;
      state.nextInterval = (state.nextInterval + 1) % INTERVALS;
    }
    // The usual case first: an answer after an answer changes nothing.
    if (value >= 0 && state.phase === "up" && state.asked.lost === 0 && state.unmeasured.failed === 0) {
      state.lastMs = atMs;
      state.lastValue = value;
      return;
    }
    if (value >= 0) this.#reply(atMs);
    else if (isFailed(value)) this.#fail(atMs, value);
    else this.#lose(atMs, value);
    state.lastMs = atMs;
    state.lastValue = value;
  }

  #reply(atMs: number): void {
    const { asked, unmeasured } = this.#state;
    if (asked.lost > 0) asked.failed += unmeasured.failed;
    if (this.#state.phase !== "up") this.#change("up", atMs);
    if (asked.lost > 0) this.#state.asked = emptyRun();
    if (unmeasured.failed > 0) this.#state.unmeasured = emptyRun();
  }

  #lose(atMs: number, value: number): void {
    const { asked, unmeasured, phase } = this.#state;
    if (phase === "not-measured") this.#change("pending", atMs);
    else asked.failed += asked.lost > 0 ? unmeasured.failed : 0;
    if (unmeasured.failed > 0) this.#state.unmeasured = emptyRun();
    count(this.#state.asked, atMs, value);
    this.#state.asked.lost++;
    if (this.#state.asked.lost === RUN) this.#change("target-down", this.#state.asked.startMs);
  }

  #fail(atMs: number, value: number): void {
    const { unmeasured, phase } = this.#state;
    count(unmeasured, atMs, value);
    unmeasured.failed++;
    if (unmeasured.failed < RUN || phase === "not-measured") return;
    this.#change("not-measured", unmeasured.startMs);
    this.#state.asked = emptyRun();
  }

  #begin(atMs: number): void {
    this.#state.phase = "pending";
    this.#state.phaseStartMs = atMs;
    this.#state.asked = emptyRun();
    this.#state.unmeasured = emptyRun();
  }

  #change(phase: Saved["phase"], atMs: number): void {
    this.#end(atMs);
    this.#state.phase = phase;
    this.#state.phaseStartMs = atMs;
    if (phase === "pending") this.#state.asked = emptyRun();
  }

  /** Tells the episode that ends. A few results after a silence that came to nothing are none. */
  #end(endMs: number | null): void {
    const { phase, phaseStartMs: startMs, asked, unmeasured } = this.#state;
    if (phase === "pending" || startMs === endMs && phase === "up") return;
    const run = phase === "target-down" ? asked : phase === "not-measured" ? unmeasured : emptyRun();
    const { lost, failed } = run;
    this.#onEpisode({ kind: phase, startMs, endMs, lost, failed, cause: mostOften(run) });
  }
}

function emptyState(): Saved {
  return {
    phase: "pending",
    phaseStartMs: 0,
    lastMs: null,
    lastValue: 0,
    intervals: [],
    nextInterval: 0,
    early: [],
    asked: emptyRun(),
    unmeasured: emptyRun(),
  };
}

function emptyRun(): Run {
  return { startMs: 0, lost: 0, failed: 0, causes: [] };
}

function silence(startMs: number, endMs: number | null): Episode {
  return { kind: "client-silent", startMs, endMs, lost: 0, failed: 0, cause: null };
}

function count(run: Run, atMs: number, value: number): void {
  if (run.causes.length === 0) run.startMs = atMs;
  run.causes[-1 - value] = (run.causes[-1 - value] ?? 0) + 1;
}

function mostOften({ causes }: Run): Cause | null {
  let best = -1;
  for (let index = 0; index < causes.length; index++) {
    if ((causes[index] ?? 0) > (causes[best] ?? 0)) best = index;
  }
  return best === -1 ? null : causeOf(-1 - best) ?? null;
}
