import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import { compareOutages, type SeriesEpisodes, toOutages } from "./outages.ts";
import { connectPostgres, type PostgresAddress, type Sql, toStoreError } from "./postgres_connect.ts";
import { PostgresDays } from "./postgres_days.ts";
import { readEpisodes } from "./postgres_episodes.ts";
import { PostgresFolder } from "./postgres_folder.ts";
import { PostgresHistory } from "./postgres_history.ts";
import { makeDaysAhead, PostgresRetention } from "./postgres_maintenance.ts";
import { readChart, toPings } from "./postgres_reads.ts";
import { migrate } from "./postgres_schema.ts";
import { PostgresSeries } from "./postgres_series.ts";
import { readSummaries } from "./postgres_summaries.ts";
import { PostgresWriter } from "./postgres_writer.ts";
import { DEFAULT_RETENTION, type Retention, validateRetention } from "./retention.ts";
import {
  type AddOutcome,
  type Chart,
  type ExportBlock,
  type NewResult,
  type Outage,
  type Ping,
  type RegisterOutcome,
  type Series,
  type SeriesFilter,
  type SeriesKey,
  type Store,
  StoreAwayError,
  type Summary,
  type TimeRange,
} from "./store.ts";

export interface PostgresOptions {
  readonly address: PostgresAddress;
  /** How long history is kept. All recorders of one database must say the same. Default `DEFAULT_RETENTION`. */
  readonly retention?: Retention;
  /** At most this many series can be registered. Default 1,000,000. */
  readonly maxSeries?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A statement that hangs, as where a network swallows packets, ends for the caller after this long, ms. */
const PATIENCE_MS = 15_000;

/**
 * Opens a store in PostgreSQL 15 or later, which any number of recorders may share. Makes its tables where they are missing.
 * Where the database is away it is opened later, by the first call that finds it: recorders may start before it.
 * @throws {RangeError} when a newer version of the program made the tables, or the retention is out of range
 * @throws {Error} as the database says it, when it refuses
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { address, clock = systemClock, log = silentLog, maxSeries = 1_000_000 } = options;
  const retention = validateRetention(options.retention ?? DEFAULT_RETENTION);
  const sql = connectPostgres(address);
  const days = new PostgresDays(sql);
  const store = new PostgresStore(sql, { days, retention, clock, log, maxSeries });
  try {
    await store.open();
  } catch (error) {
    if (error instanceof StoreAwayError) {
      log.warn("{reason}: until it is back, every post is answered 503", { reason: error.message });
      return store;
    }
    await store.close();
    throw error;
  }
  return store;
}

interface Parts {
  readonly days: PostgresDays;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxSeries: number;
}

class PostgresStore implements Store {
  readonly #sql: Sql;
  readonly #parts: Parts;
  readonly #history: PostgresHistory;
  readonly #series: PostgresSeries;
  readonly #folder: PostgresFolder;
  readonly #writer: PostgresWriter;
  readonly #dropper: PostgresRetention;
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(sql: Sql, parts: Parts) {
    const { days, retention, log, maxSeries } = parts;
    this.#sql = sql;
    this.#parts = parts;
    this.#history = new PostgresHistory(sql, retention);
    this.#series = new PostgresSeries(sql, maxSeries);
    this.#folder = new PostgresFolder(sql, days, log);
    this.#writer = new PostgresWriter(sql, this.#series, days, this.#folder, parts);
    this.#dropper = new PostgresRetention(sql, days, retention);
  }

  /** Makes what is missing in the database. */
  open(): Promise<void> {
    return this.#ask(() => Promise.resolve());
  }

  listSeries(filter: SeriesFilter = {}): Promise<readonly Series[]> {
    return this.#ask(() => this.#series.list(filter));
  }

  getSeries(seriesId: number): Promise<Series | undefined> {
    return this.#ask(() => this.#series.get(seriesId));
  }

  register(key: SeriesKey): Promise<RegisterOutcome> {
    return this.#ask(() => this.#series.register(key, this.#parts.clock.now()));
  }

  renameSeries(seriesId: number, name: string | null): Promise<Series | undefined> {
    return this.#ask(() => this.#series.rename(seriesId, name));
  }

  deleteSeries(seriesId: number): Promise<boolean> {
    return this.#ask(() => this.#series.remove(seriesId));
  }

  add(results: readonly NewResult[]): Promise<readonly AddOutcome[]> {
    return this.#ask(() => this.#writer.add(results));
  }

  async *readPings(seriesId: number, { startMs, endMs }: TimeRange): AsyncIterable<readonly Ping[]> {
    if (await this.getSeries(seriesId) === undefined) return;
    const slices = this.#history.slices(seriesId, Math.max(startMs, this.#keptFromMs()) * 1000, endMs * 1000);
    for (;;) {
      const { value, done } = await this.#ask(() => slices.next());
      if (done) return;
      yield toPings(value);
    }
  }

  async *exportRows({ startMs, endMs, ...filter }: TimeRange & SeriesFilter): AsyncIterable<ExportBlock> {
    for (const series of await this.listSeries(filter)) {
      for await (const pings of this.readPings(series.id, { startMs, endMs })) yield { series, pings };
    }
  }

  series(
    { seriesId, ...query }: TimeRange & { readonly seriesId: number; readonly points: number },
  ): Promise<Chart | undefined> {
    return this.#ask(async () => {
      if (await this.#series.get(seriesId) === undefined) return undefined;
      return await readChart(this.#history, seriesId, {
        ...query,
        keptFromMs: this.#keptFromMs(),
        nowMs: this.#parts.clock.now(),
        fold: () => this.#folder.fold(),
      });
    });
  }

  summaries({ nowMs, ...filter }: SeriesFilter & { readonly nowMs: number }): Promise<readonly Summary[]> {
    return this.#ask(async () => {
      await this.#folder.fold();
      const all = await this.#series.list(filter);
      const { retention } = this.#parts;
      return await readSummaries(this.#sql, all, { nowMs, keptFromMs: nowMs - retention.rawMs, retention });
    });
  }

  outages(
    { startMs, endMs, nowMs, ...filter }: TimeRange & SeriesFilter & { readonly nowMs: number },
  ): Promise<readonly Outage[]> {
    return this.#ask(async () => {
      await this.#folder.fold();
      const { asked, all } = await this.#series.listSameIps(filter);
      const byIp = new Map<string, SeriesEpisodes[]>();
      for (const series of all) {
        const past = { startMs, endMs, nowMs, keptFromMs: this.#keptFromMs() };
        const episodes = await readEpisodes(this.#history, series.id, past);
        byIp.set(series.ip, [...byIp.get(series.ip) ?? [], { series, episodes }]);
      }
      const outages = [...byIp.values()].flatMap((sameIp) =>
        sameIp.filter(({ series }) => asked.has(series.id)).flatMap((one) =>
          toOutages(one, sameIp.filter((other) => other !== one), { startMs, endMs })
        )
      );
      return outages.sort(compareOutages);
    }, Infinity);
  }

  maintain({ nowMs }: { readonly nowMs: number }): Promise<void> {
    return this.#ask(async () => {
      await makeDaysAhead(this.#parts.days, nowMs);
      await this.#folder.fold();
      await this.#dropper.drop(nowMs);
    }, Infinity);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#folder.settled();
    await this.#sql.end({ timeout: 3 });
  }

  /** Once for all calls; the next one tries again where that failed. */
  #opened(): Promise<void> {
    const { days, clock } = this.#parts;
    this.#opening ??= (async () => {
      await migrate(this.#sql);
      await days.refresh();
      await makeDaysAhead(days, clock.now());
    })().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  #keptFromMs(): number {
    return this.#parts.clock.now() - this.#parts.retention.rawMs;
  }

  /** Whatever goes wrong with the connection becomes one kind of error, also where nothing ever answers. */
  async #ask<T>(work: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
    if (this.#closed) throw new Error("Cannot use the store: it must be open: it is closed");
    const over = new AbortController();
    const working = this.#opened().then(work);
    try {
      if (patienceMs === Infinity) return await working;
      const late = this.#parts.clock.sleep(patienceMs, over.signal).then(() => {
        throw new StoreAwayError("PostgreSQL does not answer in time");
      });
      late.catch(() => {});
      return await Promise.race([working, late]);
    } catch (error) {
      working.catch(() => {});
      throw toStoreError(error);
    } finally {
      over.abort();
    }
  }
}
