import type { Cause } from "../recorder_contract.ts";

/** One target as one client pings it. (client, ip) is unique. */
export interface Series {
  readonly id: number;
  readonly ip: string;
  readonly client: string;
  readonly name?: string;
  /** When it was registered, epoch ms. */
  readonly createdAtMs: number;
}

/**
 * What identifies a series, and the name to show for it. A name that differs from the stored one replaces it, unless a
 * person has set that one (see `renameSeries`).
 */
export interface SeriesKey {
  readonly ip: string;
  readonly client: string;
  readonly name?: string;
}

/** Which series are meant; a field that is left out leaves out nothing. */
export interface SeriesFilter {
  /** Exactly this client. */
  readonly client?: string;
  /** Exactly this ip. */
  readonly ip?: string;
  /** Part of the ip, the name or the client, whatever the case. */
  readonly search?: string;
}

/** A result to be stored. */
export interface NewResult extends SeriesKey {
  /**
   * When the ping was sent, epoch ms, whole. (client, ip, atMs) names one result. Without it the result is stamped on
   * arrival, and two that arrive in the same millisecond are both kept.
   */
  readonly atMs?: number;
  /** Milliseconds, kept to 3 decimals; `null` when there was no answer. */
  readonly latencyMs: number | null;
  /** Only with `null`; a `null` without a cause is a lost ping. */
  readonly cause?: Cause;
}

/** A stored result. */
export interface Ping {
  readonly atMs: number;
  readonly latencyMs: number | null;
  readonly cause?: Cause;
}

/** What became of a result: `too-old` is older than what the store keeps. */
export type AddOutcome = "accepted" | "duplicate" | "unknown-target" | "too-old";

/** `full`: the store holds as many series as it may. */
export type RegisterOutcome = "created" | "existed" | "full";

/** A range of time, epoch ms: it holds its start and not its end. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** What the pings of a stretch of time came to. Latencies are in ms and null where nothing was answered. */
export interface Counts {
  readonly replies: number;
  readonly lost: number;
  /** Not measured: never part of the loss. */
  readonly failed: number;
}

/** One point of a chart: the pings from `timeMs` to `timeMs` + the step. */
export interface Point extends Counts {
  readonly timeMs: number;
  readonly minMs: number | null;
  readonly p5Ms: number | null;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly meanMs: number | null;
}

/** Points of one series for a chart. */
export interface Chart {
  /** How much time one point stands for. Points lie on multiples of it, so that a chart that moves on keeps its points. */
  readonly stepMs: number;
  /**
   * `raw`, or the width of the roll-up that was read: `1m`, `1h`, or what else the retention names. Percentiles from raw
   * results are exact, those from a roll-up within 1 %; counts, min, max and mean are always exact.
   */
  readonly source: string;
  /** Oldest first. Where there was no result there is no point: a gap is a gap. */
  readonly points: readonly Point[];
}

/** Percentiles are in ms, by nearest rank, within 1 %; null where nothing was answered. */
export interface WindowSummary extends Counts {
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

/**
 * - `up`: it answers.
 * - `down`: the last 3 asked pings were lost, or the last one while there are fewer.
 * - `unmeasured`: the last 3 results failed, or all of them while there are fewer.
 * - `silent`: no result for longer than 3 usual intervals, and than 60 s: the client says nothing, so nobody knows.
 * - `new`: no result yet.
 */
export type SeriesState = "up" | "down" | "unmeasured" | "silent" | "new";

/** How a series is doing now. */
export interface Summary {
  readonly series: Series;
  readonly state: SeriesState;
  /** When the state began, epoch ms; null while new. */
  readonly sinceMs: number | null;
  readonly last: Ping | null;
  /** The last 5 minutes, hour and day; the hour may begin up to 2 min earlier, the day 20 min. */
  readonly windows: { readonly "5m": WindowSummary; readonly "1h": WindowSummary; readonly "24h": WindowSummary };
  /** The newest pings, oldest first, at most 30. */
  readonly recent: readonly Ping[];
}

/**
 * - `target-down`: 3 or more asked pings in a row were lost; failed ones may lie between.
 * - `not-measured`: 3 or more results in a row failed.
 * - `client-silent`: no result at all for longer than 3 usual intervals, and than 60 s.
 */
export type OutageKind = "target-down" | "not-measured" | "client-silent";

/** A stretch of time in which a series was not up. */
export interface Outage {
  readonly series: Series;
  readonly kind: OutageKind;
  /** Time of the first lost or failed ping, or of the last result before the silence. Epoch ms. */
  readonly startMs: number;
  /** Time of the first result after it; null while it goes on. */
  readonly endMs: number | null;
  /** The cause that most of its pings have; null where they have none, and for silence. */
  readonly cause: Cause | null;
  readonly lost: number;
  readonly failed: number;
  /** Other clients that saw the same ip down in that time, by name; only for `target-down`. */
  readonly alsoDown: readonly string[];
  /** Other clients that saw the same ip up for all of that time that they measured; only for `target-down`. */
  readonly upFor: readonly string[];
}

/** Rows of an export: pings of one series. */
export interface ExportBlock {
  readonly series: Series;
  /** Oldest first. */
  readonly pings: readonly Ping[];
}

/**
 * Where a recorder keeps its history. Every implementation passes tests/contract/store_suite.ts. All times are epoch
 * milliseconds; a range holds its start and not its end.
 */
export interface Store {
  /** All series that the filter leaves, in the order in which they were registered. */
  listSeries(filter?: SeriesFilter): Promise<readonly Series[]>;
  /** @returns undefined where there is none of this id */
  getSeries(seriesId: number): Promise<Series | undefined>;
  register(key: SeriesKey): Promise<RegisterOutcome>;
  /**
   * A person names a series, or takes its name away: from then on no registration and no result changes it.
   * @returns the series as it is now; undefined where there is none of this id
   */
  renameSeries(seriesId: number, name: string | null): Promise<Series | undefined>;
  /**
   * Removes a series with all of its history. Its id is never given again.
   * @returns whether there was one
   */
  deleteSeries(seriesId: number): Promise<boolean>;
  /**
   * Stores all of the batch that can be stored; one outcome for each result, in their order. Once it resolves, the
   * results are as safe as the store can make them.
   */
  add(results: readonly NewResult[]): Promise<readonly AddOutcome[]>;
  /** The pings of one series in a range, oldest first, in blocks, so that years need not fit into memory. */
  readPings(seriesId: number, range: TimeRange): AsyncIterable<readonly Ping[]>;
  /** The raw results of all series that the filter leaves, series by series, in blocks. */
  exportRows(range: TimeRange & SeriesFilter): AsyncIterable<ExportBlock>;
  /**
   * At most `points` points of one series, from raw results or the right roll-up. The first point may begin before
   * `startMs`, since points lie on multiples of the step.
   * @returns undefined where there is no series of this id
   */
  series(query: TimeRange & { readonly seriesId: number; readonly points: number }): Promise<Chart | undefined>;
  /** How each series that the filter leaves is doing, in the order in which they were registered. */
  summaries(query: SeriesFilter & { readonly nowMs: number }): Promise<readonly Summary[]>;
  /** The outages that touch the range, of all series that the filter leaves; newest first. */
  outages(query: TimeRange & SeriesFilter & { readonly nowMs: number }): Promise<readonly Outage[]>;
  /** Drops what the retention no longer keeps, in small steps; whoever opened the store calls it now and then. */
  maintain(options: { readonly nowMs: number }): Promise<void>;
  close(): Promise<void>;
}

/** The store can't be reached for now, such as a database that restarts: nothing is lost, and the same call works later. */
export class StoreAwayError extends Error {
  override readonly name = "StoreAwayError";
}
