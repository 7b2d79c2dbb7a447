import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "../clock.ts";
import { compareOutages, type SeriesEpisodes, toOutages } from "./outages.ts";
import { readEpisodes } from "./sqlite_episodes.ts";
import { openSqlite, type SqliteOptions } from "./sqlite_open.ts";
import type { SqliteHistory } from "./sqlite_history.ts";
import { readChart, readSummary, toPings } from "./sqlite_reads.ts";
import type { SqliteWriter } from "./sqlite_writer.ts";
import type {
  AddOutcome,
  Chart,
  ExportBlock,
  NewResult,
  Outage,
  Ping,
  RegisterOutcome,
  Series,
  SeriesFilter,
  SeriesKey,
  Store,
  Summary,
  TimeRange,
} from "./store.ts";
import type { Track } from "./track.ts";

export type { SqliteOptions };

/** How long a read goes on before others get their turn, ms. */
const TURN_MS = 15;

/**
 * Opens a store in SQLite. A file belongs to one process at a time.
 * @throws {Deno.errors.NotCapable} when the file needs a permission that is missing
 * @throws {RangeError} when a newer version of the program made the file, or the retention is out of range
 * @throws {Error} when another process uses the file
 */
export function openSqliteStore(options: SqliteOptions = {}): Store {
  const { db, writer } = openSqlite(options);
  return new SqliteStore(db, writer, options.clock ?? systemClock);
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #writer: SqliteWriter;
  readonly #history: SqliteHistory;
  readonly #clock: Clock;

  constructor(db: DatabaseSync, writer: SqliteWriter, clock: Clock) {
    this.#db = db;
    this.#writer = writer;
    this.#history = writer.history;
    this.#clock = clock;
  }

  // Each method is async, so that what SQLite throws becomes a rejection, as with a store that is really remote.

  // deno-lint-ignore require-await
  async listSeries(filter: SeriesFilter = {}): Promise<readonly Series[]> {
    this.#refuseClosed();
    return this.#filtered(filter).map(({ series }) => series);
  }

  // deno-lint-ignore require-await
  async getSeries(seriesId: number): Promise<Series | undefined> {
    this.#refuseClosed();
    return this.#writer.track(seriesId)?.series;
  }

  // deno-lint-ignore require-await
  async register(key: SeriesKey): Promise<RegisterOutcome> {
    return this.#writer.register(key);
  }

  // deno-lint-ignore require-await
  async renameSeries(seriesId: number, name: string | null): Promise<Series | undefined> {
    return this.#writer.rename(seriesId, name);
  }

  // deno-lint-ignore require-await
  async deleteSeries(seriesId: number): Promise<boolean> {
    return this.#writer.remove(seriesId);
  }

  async add(results: readonly NewResult[]): Promise<readonly AddOutcome[]> {
    this.#refuseClosed();
    return await this.#writer.add(results);
  }

  async *readPings(seriesId: number, { startMs, endMs }: TimeRange): AsyncIterable<readonly Ping[]> {
    const track = this.#writer.track(seriesId);
    if (track === undefined) return;
    const startUs = Math.max(startMs, this.#keptFromMs()) * 1000;
    for (const part of this.#history.slices(track, startUs, endMs * 1000)) {
      yield toPings(part);
      await nextTurn();
    }
  }

  async *exportRows({ startMs, endMs, ...filter }: TimeRange & SeriesFilter): AsyncIterable<ExportBlock> {
    for (const { series } of this.#filtered(filter)) {
      for await (const pings of this.readPings(series.id, { startMs, endMs })) yield { series, pings };
    }
  }

  // deno-lint-ignore require-await
  async series(
    { seriesId, ...query }: TimeRange & { readonly seriesId: number; readonly points: number },
  ): Promise<Chart | undefined> {
    this.#refuseClosed();
    const track = this.#writer.track(seriesId);
    if (track === undefined) return undefined;
    return readChart(this.#history, track, { ...query, keptFromMs: this.#keptFromMs(), nowMs: this.#clock.now() });
  }

  async summaries({ nowMs, ...filter }: SeriesFilter & { readonly nowMs: number }): Promise<readonly Summary[]> {
    this.#refuseClosed();
    return await this.#each(filter, (track) => readSummary(this.#history, track, nowMs, this.#keptFromMs()));
  }

  async outages(
    { startMs, endMs, nowMs, ...filter }: TimeRange & SeriesFilter & { readonly nowMs: number },
  ): Promise<readonly Outage[]> {
    this.#refuseClosed();
    const asked = new Set(this.#filtered(filter).map(({ series }) => series.id));
    const ips = new Set(this.#filtered(filter).map(({ series }) => series.ip));
    const byIp = new Map<string, SeriesEpisodes[]>();
    await this.#each({}, (track) => {
      const { series } = track;
      if (!ips.has(series.ip)) return;
      const episodes = readEpisodes(this.#history, track, { startMs, endMs, nowMs, keptFromMs: this.#keptFromMs() });
      byIp.set(series.ip, [...byIp.get(series.ip) ?? [], { series, episodes }]);
    });
    const outages = [...byIp.values()].flatMap((sameIp) =>
      sameIp.filter(({ series }) => asked.has(series.id)).flatMap((one) =>
        toOutages(one, sameIp.filter((other) => other !== one), { startMs, endMs })
      )
    );
    return outages.sort(compareOutages);
  }

  async maintain({ nowMs }: { readonly nowMs: number }): Promise<void> {
    this.#refuseClosed();
    await this.#writer.maintain(nowMs);
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    await this.#writer.close();
    if (this.#db.isOpen) this.#db.close();
  }

  #keptFromMs(): number {
    return this.#writer.keptFromMs(this.#clock.now());
  }

  #filtered({ client, ip, search }: SeriesFilter): Track[] {
    const tracks = [...this.#writer.tracks()];
    const part = search?.toLowerCase();
    return tracks.filter(({ series }) =>
      (client === undefined || series.client === client) && (ip === undefined || series.ip === ip) &&
      (part === undefined ||
        [series.ip, series.client, series.name].some((text) => text?.toLowerCase().includes(part)))
    );
  }

  /** Reads of each series in turn, letting others do theirs in between. */
  async #each<T>(filter: SeriesFilter, read: (track: Track) => T): Promise<T[]> {
    const all: T[] = [];
    let turnEnds = this.#clock.monotonic() + TURN_MS;
    for (const track of this.#filtered(filter)) {
      if (this.#writer.track(track.series.id) !== track) continue; // deleted in the meantime
      all.push(read(track));
      if (this.#clock.monotonic() < turnEnds) continue;
      await nextTurn();
      turnEnds = this.#clock.monotonic() + TURN_MS;
    }
    return all;
  }

  #refuseClosed(): void {
    if (!this.#db.isOpen) throw new Error("Cannot use the store: it must be open: it is closed");
  }
}

/** Lets everything else that waits have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
