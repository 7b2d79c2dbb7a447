/** The shapes of the recorder's answers, as the page's scripts read them. Latencies in ms, loss 0 to 1. */

export type State = "up" | "down" | "unmeasured" | "silent" | "new";

/** Counts and percentiles of a window that ends now; null where nothing was measured. */
export interface WindowFigures {
  readonly replies: number;
  readonly lost: number;
  readonly failed: number;
  readonly loss: number | null;
  readonly median: number | null;
  readonly p95: number | null;
}

/** A recent ping: its latency, null where it was lost, "f" where it was not measured. */
export type Recent = number | null | "f";

/** One target of one client, as `/summary` tells it. */
export interface Summary {
  readonly id: number;
  readonly client: string;
  readonly ip: string;
  name?: string;
  state: State;
  since: string | null;
  last: { readonly time: string; readonly latency_ms: number | null; readonly cause?: string } | null;
  windows: Readonly<Record<"5m" | "1h" | "24h", WindowFigures>>;
  recent: Recent[];
}

/** One result of the live feed. */
export interface LiveResult {
  readonly id: number;
  readonly client: string;
  readonly ip: string;
  readonly name?: string;
  readonly time: string;
  readonly latency_ms: number | null;
  readonly cause?: string;
}

/** What the results of one stretch of time come to. */
export interface Figures {
  readonly count: number;
  readonly replies: number;
  readonly lost: number;
  readonly failed: number;
  readonly loss: number | null;
  readonly min: number | null;
  readonly p5: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** One bucket of `/series`; `time` is where it begins. */
export interface Point extends Figures {
  readonly time: string;
}

export interface Series {
  readonly client: string;
  readonly ip: string;
  readonly name?: string;
  readonly start: string;
  readonly end: string;
  readonly step_ms: number;
  readonly source: string;
  readonly points: readonly Point[];
}

export interface Outage {
  readonly client: string;
  readonly ip: string;
  readonly name?: string;
  readonly kind: "target-down" | "not-measured" | "client-silent";
  readonly start: string;
  readonly end: string | null;
  readonly length_s: number;
  readonly cause: string | null;
  readonly lost: number;
  readonly failed: number;
  readonly also_down: readonly string[];
  readonly up_for: readonly string[];
}

/** A bucket ready to be drawn: times in epoch ms. */
export interface Bucket extends Figures {
  readonly startMs: number;
  readonly endMs: number;
}

/** One client's line on the chart. */
export interface Track {
  readonly client: string;
  readonly buckets: readonly Bucket[];
  /** More time than this between two buckets is a gap. */
  readonly gapMs: number;
  readonly stepMs: number;
  /** What the whole range comes to; undefined until it is known. */
  readonly whole: Figures | undefined;
  /** Which colour and dash pattern; 0 is the target that was opened. */
  readonly style: number;
}

/** The span of a chart in epoch ms. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}
