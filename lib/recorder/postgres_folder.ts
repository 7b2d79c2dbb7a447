import type { Log } from "../log.ts";
import { arrayOf, bytesArrayOf, numbersIn, type Sql, type Transaction } from "./postgres_connect.ts";
import type { PostgresDays } from "./postgres_days.ts";
import { lock, tryLock } from "./postgres_schema.ts";
import { existing } from "./postgres_series.ts";
import type { NotStored, ResultRow } from "./postgres_writer.ts";
import { Results } from "./results.ts";
import { addToBlock, blockMs, type Level, LEVELS, totalIn } from "./rollup.ts";
import { Scanner } from "./scanner.ts";

/** So many rows of the log are folded in one transaction; each is one statement of results. */
const ROWS_AT_ONCE = 64;

/** So many results gather before they are folded although nobody asks; more where there are more series. */
const MOST_WAITING = 200_000;

interface Pending {
  readonly results: Results;
  heardMs: number;
}

/**
 * Counts what the log holds in the roll-ups and feeds it to the trackers. Who holds the lock does so, whichever
 * recorder stored the results: a row of the log is removed in the transaction that counts it, so it counts once.
 */
export class PostgresFolder {
  #waiting = 0;
  #running: Promise<void> | undefined;

  constructor(private readonly sql: Sql, private readonly days: PostgresDays, private readonly log: Log) {}

  /** Results were added here: folds them in the background once they are many. */
  grown(count: number, _nowMs: number, seriesCount: number): void {
    this.#waiting += count;
    if (this.#running !== undefined || this.#waiting < Math.max(MOST_WAITING, 20 * seriesCount)) return;
    this.#waiting = 0;
    this.#running = this.fold({ wait: false }).catch((error) => {
      this.log.debug("results wait to be counted: {reason}", {
        reason: error instanceof Error ? error.message : error,
      });
    }).finally(() => this.#running = undefined);
  }

  /** What is under way is finished. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Folds all that was stored before. @param wait whether to wait where another recorder is at it */
  async fold({ wait = true } = {}): Promise<void> {
    const [empty] = await this.sql`SELECT 1 FROM log LIMIT 1`;
    if (empty === undefined) return;
    for (let more = true; more;) {
      more = await this.sql.begin(async (tx) => {
        if (wait) await lock(tx, "fold");
        else if (!await tryLock(tx, "fold")) return false;
        return await foldSome(tx);
      });
    }
  }

  /** Stores results of days that are dropped already, unless they may have been counted before that. */
  async addLate(rows: readonly ResultRow[], nowMs: number): Promise<readonly NotStored[]> {
    return await this.sql.begin(async (tx) => {
      await lock(tx, "fold");
      while (await foldSome(tx));
      await this.days.refresh(tx);
      const known = await existing(tx, arrayOf(new Set(rows.map(({ series }) => series))));
      const left: NotStored[] = [];
      for (const { series, timeUs, value } of rows) {
        const why = !known.has(series) ? "gone" : await this.#storeLate(tx, { series, timeUs, value }, nowMs);
        if (why !== undefined) left.push({ series, timeUs, why });
      }
      return left;
    });
  }

  async #storeLate(
    tx: Transaction,
    { series, timeUs, value }: ResultRow,
    nowMs: number,
  ): Promise<NotStored["why"] | undefined> {
    const there = await tx`SELECT 1 FROM late_results WHERE series = ${series} AND at_us = ${timeUs}`;
    if (there.length > 0) return "duplicate";
    if (await this.#isForgotten(tx, series, timeUs, nowMs)) return "too-old";
    await tx`INSERT INTO late_results (series, at_us, value, heard_ms) VALUES (${series}, ${timeUs}, ${value}, ${nowMs})`;
    const [one, at, values] = [series, timeUs, value].map((number) => arrayOf([number]));
    await tx`INSERT INTO log (heard_ms, series, at_us, value)
      VALUES (${nowMs}, ${one as string}::int4[], ${at as string}::int8[], ${values as string}::int8[])`;
    return undefined;
  }

  /**
   * Whether results near a time were dropped after they had been counted: then nobody can say whether a result of that
   * time is new, and taking it could count it twice.
   */
  async #isForgotten(tx: Transaction, series: number, timeUs: number, nowMs: number): Promise<boolean> {
    const ms = Math.floor(timeUs / 1000);
    const floors = this.days.floors(nowMs);
    const level = LEVELS.find(({ name }) => ms >= floors[name]);
    if (level === undefined) return true;
    const bucket = Math.floor(ms / level.widthMs);
    const block = Math.floor(ms / blockMs(level));
    const [row] = await tx`SELECT data FROM ${tx.unsafe(tableOf(level))} WHERE series = ${series} AND block = ${block}`;
    const counted = row === undefined ? 0 : totalIn(row.data, bucket - block * level.perBlock);
    if (counted === 0) return false;
    const [startUs, endUs] = [bucket * level.widthMs * 1000, (bucket + 1) * level.widthMs * 1000];
    // Those of this very batch are in the table and not yet counted: so many less are explained by what is there.
    const [known] = await tx`SELECT
        (SELECT count(*) FROM results WHERE series = ${series} AND at_us >= ${startUs} AND at_us < ${endUs})
        + (SELECT count(*) FROM late_results WHERE series = ${series} AND at_us >= ${startUs} AND at_us < ${endUs})
        - (SELECT count(*) FROM log WHERE series = ${arrayOf([series])}::int4[] AND at_us[1] >= ${startUs}
             AND at_us[1] < ${endUs}) AS n`;
    return counted > Number(known?.n);
  }
}

export function tableOf({ name }: Level): string {
  return `rollups_${name}`;
}

/** @returns whether there may be more */
async function foldSome(tx: Transaction): Promise<boolean> {
  const rows = await tx`DELETE FROM log WHERE id IN (SELECT id FROM log ORDER BY id LIMIT ${ROWS_AT_ONCE})
    RETURNING id, heard_ms, series::text, at_us::text, value::text`;
  if (rows.length === 0) return false;
  const pending = gather(rows.toSorted((a, b) => Number(a.id) - Number(b.id)));
  const ids = arrayOf(pending.keys());
  const there = await existing(tx, ids);
  for (const id of pending.keys()) if (!there.has(id)) pending.delete(id);
  for (const level of LEVELS) await foldLevel(tx, level, pending);
  await foldTrackers(tx, ids, pending);
  return rows.length === ROWS_AT_ONCE;
}

function gather(rows: readonly Record<string, unknown>[]): Map<number, Pending> {
  const pending = new Map<number, Pending>();
  for (const row of rows) {
    const [ids, times, values] = [row.series, row.at_us, row.value].map((array) => numbersIn(String(array)));
    for (const [i, id] of (ids ?? []).entries()) {
      const of = pending.get(id) ?? { results: new Results(), heardMs: 0 };
      pending.set(id, of);
      const [timeUs, value] = [times?.[i] ?? NaN, values?.[i] ?? NaN];
      of.results.insert(timeUs, value);
      of.heardMs = Number(row.heard_ms);
    }
  }
  return pending;
}

async function foldLevel(tx: Transaction, level: Level, pending: ReadonlyMap<number, Pending>): Promise<void> {
  const table = tx.unsafe(tableOf(level));
  const widthUs = blockMs(level) * 1000;
  const parts: { series: number; block: number; results: Results; start: number; end: number }[] = [];
  for (const [series, { results }] of pending) {
    for (let start = 0; start < results.length;) {
      const block = Math.floor(results.time(start) / widthUs);
      const end = results.lowerBound((block + 1) * widthUs);
      parts.push({ series, block, results, start, end });
      start = end;
    }
  }
  const series = arrayOf(parts.map((part) => part.series));
  const blocks = arrayOf(parts.map((part) => part.block));
  const stored = new Map<string, Uint8Array>();
  for (
    const row of await tx`SELECT series, block, data FROM ${table}
      JOIN unnest(${series}::int4[], ${blocks}::int4[]) AS wanted (series, block) USING (series, block)`
  ) stored.set(`${row.series} ${row.block}`, row.data);
  const data = parts.map(({ series, block, results, start, end }) =>
    addToBlock(level, stored.get(`${series} ${block}`), block, results, start, end)
  );
  await tx`INSERT INTO ${table} (series, block, data)
    SELECT * FROM unnest(${series}::int4[], ${blocks}::int4[], ${bytesArrayOf(data)}::bytea[])
    ON CONFLICT (series, block) DO UPDATE SET data = excluded.data`;
}

async function foldTrackers(tx: Transaction, ids: string, pending: ReadonlyMap<number, Pending>): Promise<void> {
  const saved = new Map<number, { data: string; stale: boolean }>();
  for (const row of await tx`SELECT series, data, stale FROM trackers WHERE series = ANY (${ids}::int4[])`) {
    saved.set(Number(row.series), { data: row.data, stale: row.stale });
  }
  const rows = [...pending].map(([id, { results, heardMs }]) => {
    const before = saved.get(id);
    const scanner = new Scanner(() => {}, before?.data);
    let stale = before?.stale ?? false;
    for (let i = 0; i < results.length; i++) {
      const atMs = Math.floor(results.time(i) / 1000);
      // What the scanner has passed can only be seen by reading again; what a reading saw already must not count twice.
      if (scanner.lastMs !== null && atMs <= scanner.lastMs) stale = true;
      else scanner.feed(atMs, results.value(i));
    }
    return { id, data: scanner.save(), stale, heardMs };
  });
  await tx`INSERT INTO trackers (series, data, stale, heard_ms, rescanned_ms)
    SELECT series, data, stale::bool, heard_ms, 0 FROM jsonb_to_recordset(${
    JSON.stringify(
      rows.map(({ id, data, stale, heardMs }) => ({ series: id, data, stale, heard_ms: heardMs })),
    )
  }::text::jsonb) AS t (series int4, data text, stale bool, heard_ms int8)
    ON CONFLICT (series) DO UPDATE SET data = excluded.data, stale = excluded.stale, heard_ms = excluded.heard_ms`;
}
