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

/** What identifies a series, and the name to show for it. A name that differs from the stored one replaces it. */
export interface SeriesKey {
  readonly ip: string;
  readonly client: string;
  readonly name?: string;
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

/** How a series is doing. `lost / (replies + lost)` is its loss; what failed was not measured and counts in neither. */
export interface Overview {
  readonly series: Series;
  readonly replies: number;
  readonly lost: number;
  readonly failed: number;
  /** The newest pings, oldest first. */
  readonly recent: readonly Ping[];
}

/**
 * Where a recorder keeps its history. Every implementation passes tests/contract/store_suite.ts. All times are epoch
 * milliseconds; a range holds its start and not its end.
 */
export interface Store {
  /** All series, in the order in which they were registered. */
  listSeries(): Promise<readonly Series[]>;
  register(key: SeriesKey): Promise<RegisterOutcome>;
  /** Stores all of the batch that can be stored; one outcome for each result, in their order. */
  add(results: readonly NewResult[]): Promise<readonly AddOutcome[]>;
  /** The pings of one series in [startMs, endMs), oldest first, in blocks, so that years need not fit into memory. */
  readPings(seriesId: number, range: { startMs: number; endMs: number }): AsyncIterable<readonly Ping[]>;
  /** Each series with its counts since `sinceMs` and its newest `recent` pings. */
  overview(options: { sinceMs: number; recent: number }): Promise<readonly Overview[]>;
  close(): Promise<void>;
}
