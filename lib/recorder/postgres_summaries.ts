import { Bucket, toWindowSummary } from "./bucket.ts";
import { arrayOf, type Sql } from "./postgres_connect.ts";
import { rescan } from "./postgres_episodes.ts";
import { addBuckets, blocksOf, PostgresHistory } from "./postgres_history.ts";
import { toPing } from "./postgres_reads.ts";
import { lock } from "./postgres_schema.ts";
import type { Retention } from "./retention.ts";
import { LEVELS } from "./rollup.ts";
import { Scanner } from "./scanner.ts";
import type { Ping, Series, Summary, WindowSummary } from "./store.ts";

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const [MINUTES, HOURS] = LEVELS;

/** So many series are read in one statement. */
const SERIES_AT_ONCE = 500;

/** A state whose past changed is looked up again at most so often. */
const RESCAN_MS = 60_000;

const RECENT = 30;

export interface SummaryQuery {
  readonly nowMs: number;
  readonly keptFromMs: number;
  readonly retention: Retention;
}

/** How each of these series is doing. What was stored before must be folded. */
export async function readSummaries(sql: Sql, all: readonly Series[], query: SummaryQuery): Promise<Summary[]> {
  const summaries: Summary[] = [];
  for (let from = 0; from < all.length; from += SERIES_AT_ONCE) {
    summaries.push(...await readSome(sql, all.slice(from, from + SERIES_AT_ONCE), query));
  }
  return summaries;
}

async function readSome(sql: Sql, all: readonly Series[], query: SummaryQuery): Promise<Summary[]> {
  const { nowMs, keptFromMs } = query;
  const ids = arrayOf(all.map(({ id }) => id));
  await rescanStale(sql, ids, query);
  const [trackers, recent, fiveMinutes, hours, days] = await Promise.all([
    sql`SELECT series, data, heard_ms FROM trackers WHERE series = ANY (${ids}::int4[])`,
    readRecent(sql, ids, keptFromMs, RECENT),
    readFiveMinutes(sql, ids, nowMs),
    readWindow(sql, ids, nowMs, "hour"),
    readWindow(sql, ids, nowMs, "day"),
  ]);
  const tracked = new Map(trackers.map(({ series, data, heard_ms }) => [
    Number(series),
    new Scanner(() => {}, data).current(nowMs, heard_ms),
  ]));
  return all.map((series): Summary => {
    const newest = recent.get(series.id) ?? [];
    const window = (buckets: ReadonlyMap<number, Bucket>): WindowSummary =>
      toWindowSummary(buckets.get(series.id) ?? new Bucket());
    return {
      series,
      ...tracked.get(series.id) ?? { state: "new", sinceMs: null },
      last: newest.at(-1) ?? null,
      windows: { "5m": window(fiveMinutes), "1h": window(hours), "24h": window(days) },
      recent: newest,
    };
  });
}

/** Makes the trackers anew that results came too late for. */
async function rescanStale(sql: Sql, ids: string, { nowMs, keptFromMs, retention }: SummaryQuery): Promise<void> {
  const due = (query: Pick<Sql, never> & Sql) =>
    query`SELECT series FROM trackers WHERE series = ANY (${ids}::int4[]) AND stale
      AND abs(${nowMs} - rescanned_ms) >= ${RESCAN_MS}`;
  if ((await due(sql)).length === 0) return;
  await sql.begin(async (tx) => {
    await lock(tx, "fold");
    const history = new PostgresHistory(tx, retention);
    for (const { series } of await due(tx as unknown as Sql)) {
      const scanner = await rescan(history, Number(series), { nowMs, keptFromMs });
      if (scanner.lastMs === null) continue;
      await tx`UPDATE trackers SET data = ${scanner.save()}, stale = false, rescanned_ms = ${nowMs}
        WHERE series = ${series}`;
    }
  });
}

/** The newest results of each series, oldest first. */
async function readRecent(sql: Sql, ids: string, keptFromMs: number, count: number): Promise<Map<number, Ping[]>> {
  const recent = new Map<number, Ping[]>();
  const rows = await sql`SELECT s.id, r.at_us, r.value FROM unnest(${ids}::int4[]) AS s (id) CROSS JOIN LATERAL (
      SELECT at_us, value FROM results WHERE series = s.id AND at_us >= ${Math.max(0, keptFromMs * 1000)}
      ORDER BY at_us DESC LIMIT ${count}
    ) r ORDER BY s.id, r.at_us`;
  for (const { id, at_us, value } of rows) {
    const of = recent.get(id) ?? [];
    recent.set(id, of);
    of.push(toPing(at_us, value));
  }
  return recent;
}

async function readFiveMinutes(sql: Sql, ids: string, nowMs: number): Promise<Map<number, Bucket>> {
  const rows = await sql`SELECT series, value FROM results
    WHERE series = ANY (${ids}::int4[]) AND at_us >= ${(nowMs - 5 * MINUTE_MS) * 1000}`;
  const buckets = new Map<number, Bucket>();
  for (const { series, value } of rows) bucketOf(buckets, series).add(value);
  return buckets;
}

async function readWindow(sql: Sql, ids: string, nowMs: number, name: "hour" | "day"): Promise<Map<number, Bucket>> {
  const [lengthMs, moveMs] = name === "hour" ? [HOUR_MS, MINUTE_MS] : [DAY_MS, 10 * MINUTE_MS];
  const startMs = Math.floor((nowMs - lengthMs) / moveMs) * moveMs;
  // Minutes up to a full hour, and hours from there on.
  const hourMs = name === "hour" ? Infinity : Math.ceil(startMs / HOUR_MS) * HOUR_MS;
  const buckets = new Map<number, Bucket>();
  for (const level of hourMs === Infinity ? [MINUTES] : [MINUTES, HOURS]) {
    const range = level === MINUTES ? { startMs, endMs: hourMs } : { startMs: hourMs, endMs: Infinity };
    if (range.startMs >= range.endMs) continue;
    const [first, last] = blocksOf(level, range.startMs, range.endMs);
    const rows = await sql`SELECT series, block, data FROM ${sql.unsafe(`rollups_${level.name}`)}
      WHERE series = ANY (${ids}::int4[]) AND block >= ${first} AND block <= ${last}`;
    for (const { series, block, data } of rows) addBuckets(level, { block, data }, range, bucketOf(buckets, series));
  }
  return buckets;
}

function bucketOf(buckets: Map<number, Bucket>, series: number): Bucket {
  const bucket = buckets.get(series) ?? new Bucket();
  buckets.set(series, bucket);
  return bucket;
}
