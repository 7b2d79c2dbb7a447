import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { type Clock, systemClock } from "../clock.ts";
import { fromValue, LOWEST_LOST_VALUE, migrate, toValue } from "./sqlite_schema.ts";
import type { AddOutcome, NewResult, Overview, Ping, RegisterOutcome, Series, SeriesKey, Store } from "./store.ts";

export interface SqliteOptions {
  /** A file, which needs permission to read and write, or `:memory:`, which needs none. Default `:memory:`. */
  readonly path?: string;
  /** Results older than this are dropped, in ms. Default 24 h. */
  readonly retainMs?: number;
  /** At most this many results are kept; the oldest are dropped first. Default 1,000,000. */
  readonly maxResults?: number;
  /** At most this many series can be registered. Default 100,000. */
  readonly maxSeries?: number;
  readonly clock?: Clock;
}

type Row = Record<string, SQLOutputValue>;

/** How many pings one block of `readPings` holds at most. */
const BLOCK = 10_000;

/** How often old results are looked for. */
const PRUNE_EVERY_MS = 60_000;

/**
 * Opens a store in SQLite.
 * @throws {Deno.errors.NotCapable} when the file needs a permission that is missing
 * @throws {RangeError} when a newer version of the program made the file
 */
export function openSqliteStore(options: SqliteOptions = {}): Store {
  const db = new DatabaseSync(options.path ?? ":memory:");
  try {
    // FULL: an answered post is on disk, also after a loss of power. WAL alone would only keep the file whole.
    db.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(db);
    return new SqliteStore(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareAll(db: DatabaseSync) {
  return {
    list: db.prepare("SELECT * FROM series ORDER BY id"),
    countSeries: db.prepare("SELECT count(*) AS n FROM series"),
    find: db.prepare("SELECT id, name FROM series WHERE client = ? AND ip = ?"),
    create: db.prepare("INSERT INTO series (client, ip, name, created_ms) VALUES (?, ?, ?, ?)"),
    rename: db.prepare("UPDATE series SET name = ? WHERE id = ?"),
    insert: db.prepare("INSERT INTO results (series, at_us, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
    lastIn: db.prepare("SELECT max(at_us) AS at_us FROM results WHERE series = ? AND at_us BETWEEN ? AND ?"),
    read: db.prepare(
      "SELECT at_us, value FROM results WHERE series = ? AND at_us >= ? AND at_us < ? ORDER BY at_us LIMIT ?",
    ),
    recent: db.prepare("SELECT at_us, value FROM results WHERE series = ? ORDER BY at_us DESC LIMIT ?"),
    counts: db.prepare(
      `SELECT count(*) FILTER (WHERE value >= 0) AS replies,
              count(*) FILTER (WHERE value BETWEEN ${LOWEST_LOST_VALUE} AND -1) AS lost,
              count(*) FILTER (WHERE value < ${LOWEST_LOST_VALUE}) AS failed
       FROM results WHERE series = ? AND at_us >= ?`,
    ),
    countResults: db.prepare("SELECT count(*) AS n FROM results"),
    dropBefore: db.prepare("DELETE FROM results WHERE at_us < ?"),
    dropOldest: db.prepare(
      "DELETE FROM results WHERE (series, at_us) IN (SELECT series, at_us FROM results ORDER BY at_us LIMIT ?)",
    ),
  };
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepareAll>;
  readonly #clock: Clock;
  readonly #retainMs: number;
  readonly #maxResults: number;
  readonly #maxSeries: number;
  #results: number;
  #prunedAt: number;

  constructor(db: DatabaseSync, options: SqliteOptions) {
    const { retainMs = 86_400_000, maxResults = 1_000_000, maxSeries = 100_000, clock = systemClock } = options;
    this.#db = db;
    this.#sql = prepareAll(db);
    this.#clock = clock;
    this.#retainMs = retainMs;
    this.#maxResults = maxResults;
    this.#maxSeries = maxSeries;
    this.#results = Number(this.#sql.countResults.get()?.n);
    this.#prunedAt = clock.monotonic();
  }

  // Each method is async, so that what SQLite throws becomes a rejection, as with a store that is really remote.

  // deno-lint-ignore require-await
  async listSeries(): Promise<readonly Series[]> {
    return this.#sql.list.all().map(toSeries);
  }

  // deno-lint-ignore require-await
  async register({ ip, client, name }: SeriesKey): Promise<RegisterOutcome> {
    return this.#transaction(() => {
      if (this.#seriesId({ ip, client, name }) !== undefined) return "existed";
      if (Number(this.#sql.countSeries.get()?.n) >= this.#maxSeries) return "full";
      this.#sql.create.run(client, ip, name ?? null, this.#clock.now());
      return "created";
    });
  }

  // deno-lint-ignore require-await
  async add(results: readonly NewResult[]): Promise<readonly AddOutcome[]> {
    const nowMs = this.#clock.now();
    const added = this.#transaction(() => {
      const outcomes = results.map((result) => this.#addOne(result, nowMs));
      const stored = outcomes.filter((outcome) => outcome === "accepted").length;
      return { outcomes, total: this.#results + stored - this.#prune(this.#results + stored, nowMs) };
    });
    // Only now: had the transaction failed, the count would be wrong for ever.
    this.#results = added.total;
    return added.outcomes;
  }

  async *readPings(seriesId: number, range: { startMs: number; endMs: number }): AsyncIterable<readonly Ping[]> {
    const endUs = range.endMs * 1000;
    let startUs = range.startMs * 1000;
    for (;;) {
      const rows = this.#sql.read.all(seriesId, startUs, endUs, BLOCK);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(toPing);
      if (rows.length < BLOCK) return;
      startUs = Number(last.at_us) + 1;
    }
  }

  // deno-lint-ignore require-await
  async overview({ sinceMs, recent }: { sinceMs: number; recent: number }): Promise<readonly Overview[]> {
    return this.#sql.list.all().map((row) => {
      const series = toSeries(row);
      const counts = this.#sql.counts.get(series.id, sinceMs * 1000);
      return {
        series,
        replies: Number(counts?.replies),
        lost: Number(counts?.lost),
        failed: Number(counts?.failed),
        recent: this.#sql.recent.all(series.id, recent).map(toPing).reverse(),
      };
    });
  }

  // deno-lint-ignore require-await
  async getSeries(): Promise<undefined> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async renameSeries(): Promise<undefined> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async deleteSeries(): Promise<boolean> {
    throw new Error("not built yet");
  }

  exportRows(): AsyncIterable<never> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async series(): Promise<undefined> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async summaries(): Promise<readonly never[]> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async outages(): Promise<readonly never[]> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async maintain(): Promise<void> {
    throw new Error("not built yet");
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #addOne({ atMs, latencyMs, cause, ...key }: NewResult, nowMs: number): AddOutcome {
    const id = this.#seriesId(key);
    if (id === undefined) return "unknown-target";
    const value = toValue(latencyMs, cause);
    if (atMs === undefined) return this.#addStamped(id, nowMs * 1000, value);
    if (atMs < nowMs - this.#retainMs) return "too-old";
    return this.#sql.insert.run(id, atMs * 1000, value).changes === 0 ? "duplicate" : "accepted";
  }

  /** Takes the next free microsecond after the whole one; the next millisecond where all 999 are taken. */
  #addStamped(id: number, baseUs: number, value: number): AddOutcome {
    for (let base = baseUs;; base += 1000) {
      const last = this.#sql.lastIn.get(id, base, base + 999)?.at_us;
      const next = typeof last === "number" ? last + 1 : base + 1;
      if (next > base + 999) continue;
      this.#sql.insert.run(id, next, value);
      return "accepted";
    }
  }

  /** The id of a series that is registered; takes over its name where that has changed. */
  #seriesId({ ip, client, name }: SeriesKey): number | undefined {
    const row = this.#sql.find.get(client, ip);
    if (row === undefined) return undefined;
    if (name !== undefined && name !== row.name) this.#sql.rename.run(name, Number(row.id));
    return Number(row.id);
  }

  /** Drops what is too old or too much; returns how many results went. */
  #prune(total: number, nowMs: number): number {
    let dropped = 0;
    if (this.#clock.monotonic() - this.#prunedAt >= PRUNE_EVERY_MS) {
      this.#prunedAt = this.#clock.monotonic();
      dropped += Number(this.#sql.dropBefore.run((nowMs - this.#retainMs) * 1000).changes);
    }
    const surplus = total - dropped - this.#maxResults;
    // A little more than the surplus, so that a full store does not delete at every single post.
    if (surplus > 0) {
      dropped += Number(this.#sql.dropOldest.run(surplus + Math.floor(this.#maxResults / 1000)).changes);
    }
    return dropped;
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.#db.exec("COMMIT");
      return value;
    } catch (error) {
      // SQLite has rolled back by itself where the disk is full: a second ROLLBACK would hide the real error.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function toSeries({ id, ip, client, name, created_ms }: Row): Series {
  const series = { id: Number(id), ip: String(ip), client: String(client), createdAtMs: Number(created_ms) };
  return name === null ? series : { ...series, name: String(name) };
}

function toPing({ at_us, value }: Row): Ping {
  return { atMs: Math.floor(Number(at_us) / 1000), ...fromValue(Number(value)) };
}
