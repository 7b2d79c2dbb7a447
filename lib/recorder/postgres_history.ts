import type { Bucket } from "./bucket.ts";
import type { Query } from "./postgres_connect.ts";
import { tableOf } from "./postgres_folder.ts";
import { Results } from "./results.ts";
import type { Retention } from "./retention.ts";
import { blockMs, bucketsOf, type Level } from "./rollup.ts";
import { ByteReader } from "./varint.ts";

/** So many results are read at once. */
const ROWS_AT_ONCE = 20_000;

/** A block of roll-ups and its number since 1970. */
export interface RollupRow {
  readonly block: number;
  readonly data: Uint8Array;
}

/** Reads of one series; through a transaction where several must agree. */
export class PostgresHistory {
  constructor(private readonly sql: Query, private readonly retention: Retention) {}

  keepMs(level: Level): number {
    return level.name === "1m" ? this.retention.minuteMs : this.retention.hourMs;
  }

  /** Results in [startUs, endUs), oldest first, in parts. */
  async *slices(series: number, startUs: number, endUs: number): AsyncGenerator<Results> {
    const end = Math.min(endUs, Number.MAX_SAFE_INTEGER);
    for (let fromUs = Math.max(0, startUs); fromUs < end;) {
      const rows = await this.sql`SELECT at_us, value FROM results
        WHERE series = ${series} AND at_us >= ${fromUs} AND at_us < ${end} ORDER BY at_us LIMIT ${ROWS_AT_ONCE}`;
      const part = new Results(rows.length);
      for (const { at_us, value } of rows) part.insert(at_us, value);
      if (part.length > 0) yield part;
      if (rows.length < ROWS_AT_ONCE) return;
      fromUs = part.time(part.length - 1) + 1;
    }
  }

  /** How many results a range holds, counted up to a bound. */
  async countRaw(series: number, startUs: number, endUs: number, most: number): Promise<number> {
    const end = Math.min(endUs, Number.MAX_SAFE_INTEGER);
    const [row] = await this.sql`SELECT count(*) AS n FROM (
      SELECT 1 FROM results WHERE series = ${series} AND at_us >= ${startUs} AND at_us < ${end} LIMIT ${most}) AS counted`;
    return Number(row?.n);
  }

  /** The blocks of one level that touch a range, oldest first. */
  async rollups(series: number, level: Level, startMs: number, endMs: number): Promise<readonly RollupRow[]> {
    const [first, last] = blocksOf(level, startMs, endMs);
    const table = this.sql.unsafe(tableOf(level));
    return await this.sql<RollupRow[]>`SELECT block, data FROM ${table}
      WHERE series = ${series} AND block >= ${first} AND block <= ${last} ORDER BY block`;
  }
}

/** The first and the last block that a range touches. */
export function blocksOf(level: Level, startMs: number, endMs: number): [number, number] {
  const index = (ms: number) => Math.floor(Math.min(Math.max(0, ms), 8.64e15) / blockMs(level));
  return [index(startMs), Math.min(index(endMs - 1), 2_147_483_647)];
}

/** Adds the buckets of a block that begin in [startMs, endMs). */
export function addBuckets(
  level: Level,
  { block, data }: RollupRow,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  into: Bucket,
): void {
  for (const { index, bytes } of bucketsOf(data)) {
    const ms = (block * level.perBlock + index) * level.widthMs;
    if (ms >= startMs && ms < endMs) into.addEncoded(new ByteReader(bytes));
  }
}
