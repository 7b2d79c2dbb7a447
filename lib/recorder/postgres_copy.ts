import { Bucket } from "./bucket.ts";
import type { CopySource, CopyTarget, SeriesProgress } from "./copy.ts";
import { arrayOf, bytesArrayOf, connectPostgres, type PostgresAddress, type Sql } from "./postgres_connect.ts";
import { dayOf, PostgresDays } from "./postgres_days.ts";
import { PostgresFolder, tableOf } from "./postgres_folder.ts";
import { lock, migrate } from "./postgres_schema.ts";
import type { Results } from "./results.ts";
import { bucketsOf, type Level } from "./rollup.ts";
import { silentLog } from "../log.ts";
import type { Series } from "./store.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/** So many blocks of roll-ups go in one statement. */
const BLOCKS_AT_ONCE = 500;

/** A target that is open. */
export interface PostgresCopyTarget extends CopyTarget {
  close(): Promise<void>;
}

/** Opens a database to copy a history into; recorders may use it meanwhile. Makes its tables where they are missing. */
export async function openPostgresCopy(address: PostgresAddress): Promise<PostgresCopyTarget> {
  const sql = connectPostgres(address, { maxConnections: 2, applicationName: "ping-client copy" });
  try {
    await migrate(sql);
    await sql`CREATE TABLE IF NOT EXISTS copies (
      source text NOT NULL, series int4 NOT NULL, to_us int8 NOT NULL, copied int8 NOT NULL, rollups_done bool NOT NULL,
      levels_done text NOT NULL, PRIMARY KEY (source, series)
    )`;
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
  return new Target(sql);
}

class Target implements PostgresCopyTarget {
  readonly #sql: Sql;
  readonly #days: PostgresDays;
  readonly #nowMs = Date.now();
  #source = "";
  #rawFromMs = -Infinity;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#days = new PostgresDays(sql);
  }

  async begin({ name, rawFromMs }: Pick<CopySource, "name" | "rawFromMs">): Promise<void> {
    this.#source = name;
    this.#rawFromMs = rawFromMs;
    // What the source has dropped and counted must not be taken for new when it is sent again.
    if (rawFromMs > -Infinity) {
      await this.#sql`INSERT INTO floors (name, ms) VALUES ('raw', ${rawFromMs})
        ON CONFLICT (name) DO UPDATE SET ms = greatest(floors.ms, excluded.ms)`;
    }
    await this.#days.refresh();
  }

  async series({ client, ip, name = null, createdAtMs }: { [K in keyof Series]: Series[K] | null }, pinned: boolean) {
    await this.#sql`INSERT INTO series (client, ip, name, pinned, created_ms)
      VALUES (${client as string}, ${ip as string}, ${name}, ${pinned}, ${createdAtMs as number}) ON CONFLICT DO NOTHING`;
    const [row] = await this.#sql`SELECT id FROM series WHERE client = ${client as string} AND ip = ${ip as string}`;
    const id = Number(row?.id);
    await this.#sql`INSERT INTO copies VALUES (${this.#source}, ${id}, -1, 0, false, '') ON CONFLICT DO NOTHING`;
    const [progress] = await this.#sql`SELECT to_us, copied, rollups_done FROM copies
      WHERE source = ${this.#source} AND series = ${id}`;
    return {
      id,
      toUs: Number(progress?.to_us),
      copied: Number(progress?.copied),
      rollupsDone: progress?.rollups_done === true,
    } satisfies SeriesProgress;
  }

  async storeResults({ id }: SeriesProgress, results: Results): Promise<void> {
    if (results.length === 0) return;
    // Those before the border have no partition. Those before the source's came late there: its roll-ups count them.
    const border = Math.max(this.#rawFromMs, this.#days.floors(Infinity).raw);
    const split = border === -Infinity ? 0 : results.lowerBound(border * 1000);
    const [late, fresh] = [results.slice(0, split), results.slice(split, results.length)];
    const daysOf = Array.from(fresh.times.subarray(0, fresh.length), dayOf);
    await this.#days.ensure(daysOf, this.#nowMs);
    await this.#sql.begin(async (tx) => {
      if (late.length > 0) {
        const [times, values] = columnsOf(late);
        await tx`WITH stored AS (
            INSERT INTO late_results (at_us, value, heard_ms, series)
            SELECT at_us, value, ${this.#nowMs}, ${id} FROM unnest(${times}::int8[], ${values}::int8[]) AS t (at_us, value)
            ON CONFLICT DO NOTHING RETURNING series, at_us, value
          )
          INSERT INTO log (heard_ms, series, at_us, value)
          SELECT max(at_us) / 1000, array_agg(series), array_agg(at_us), array_agg(value) FROM stored
          WHERE at_us >= ${Math.max(0, this.#rawFromMs) * 1000} HAVING count(*) > 0`;
      }
      if (fresh.length > 0) {
        const [times, values] = columnsOf(fresh);
        await tx`WITH stored AS (
            INSERT INTO results (series, at_us, value)
            SELECT ${id}, at_us, value FROM unnest(${times}::int8[], ${values}::int8[]) AS t (at_us, value)
            ON CONFLICT DO NOTHING RETURNING series, at_us, value
          )
          INSERT INTO log (heard_ms, series, at_us, value)
          SELECT max(at_us) / 1000, array_agg(series), array_agg(at_us), array_agg(value) FROM stored HAVING count(*) > 0`;
      }
      await tx`UPDATE copies SET to_us = ${results.time(results.length - 1)}, copied = copied + ${results.length}
        WHERE source = ${this.#source} AND series = ${id}`;
    });
  }

  async storeRollups(
    { id }: SeriesProgress,
    level: Level,
    blocks: Iterable<{ block: number; data: Uint8Array }>,
  ): Promise<void> {
    await this.#sql.begin(async (tx) => {
      await lock(tx, "fold");
      const marked = await tx`UPDATE copies SET levels_done = levels_done || ${level.name}
        WHERE source = ${this.#source} AND series = ${id} AND strpos(levels_done, ${level.name}) = 0 RETURNING 1`;
      if (marked.length === 0) return;
      const table = tx.unsafe(tableOf(level));
      const there = new Map<number, Uint8Array>();
      for (const row of await tx`SELECT block, data FROM ${table} WHERE series = ${id}`) there.set(row.block, row.data);
      const all = [...blocks].flatMap(({ block, data }) => {
        const merged = mergeBefore(level, block, data, this.#rawFromMs, there.get(block));
        return merged.length === 0 ? [] : [{ block, data: merged }];
      });
      for (let from = 0; from < all.length; from += BLOCKS_AT_ONCE) {
        const some = all.slice(from, from + BLOCKS_AT_ONCE);
        await tx`INSERT INTO ${table} (series, block, data) SELECT ${id}, block, data
          FROM unnest(${arrayOf(some.map(({ block }) => block))}::int4[],
                      ${bytesArrayOf(some.map(({ data }) => data))}::bytea[]) AS t (block, data)
          ON CONFLICT (series, block) DO UPDATE SET data = excluded.data`;
      }
    });
  }

  async rollupsDone({ id }: SeriesProgress): Promise<void> {
    await this.#sql`UPDATE copies SET rollups_done = true WHERE source = ${this.#source} AND series = ${id}`;
  }

  async finish(): Promise<void> {
    await new PostgresFolder(this.#sql, this.#days, silentLog).fold();
    // When a state began may lie before the first raw result: the next one who asks looks into the roll-ups.
    await this.#sql`UPDATE trackers SET stale = true, rescanned_ms = 0
      WHERE series IN (SELECT series FROM copies WHERE source = ${this.#source})`;
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }
}

function columnsOf(results: Results): [times: string, values: string] {
  return [arrayOf(results.times.subarray(0, results.length)), arrayOf(results.values.subarray(0, results.length))];
}

/** The buckets of a block that begin before a moment, together with all buckets of the block that is there already. */
function mergeBefore(
  level: Level,
  block: number,
  data: Uint8Array,
  beforeMs: number,
  there: Uint8Array | undefined,
): Uint8Array {
  const buckets = new Map<number, Bucket>();
  const add = (index: number, bytes: Uint8Array) => {
    const bucket = buckets.get(index) ?? new Bucket();
    buckets.set(index, bucket);
    bucket.addEncoded(new ByteReader(bytes));
  };
  for (const { index, bytes } of bucketsOf(data)) {
    if ((block * level.perBlock + index) * level.widthMs < beforeMs) add(index, bytes);
  }
  if (buckets.size === 0) return new Uint8Array(0);
  for (const { index, bytes } of there === undefined ? [] : bucketsOf(there)) add(index, bytes);
  const writer = new ByteWriter();
  for (const [index, bucket] of [...buckets].sort(([a], [b]) => a - b)) {
    const encoded = new ByteWriter(256);
    bucket.encode(encoded);
    writer.varint(index);
    writer.varint(encoded.length);
    writer.append(encoded.view());
  }
  return writer.take();
}
