import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { blockMs, type Level } from "./rollup.ts";
import type { Series } from "./store.ts";

/**
 * One number is the key of a block, since a table with an integer key is SQLite's fastest and smallest, and holds large
 * rows well: series × 2^29 + hour since 1970 × 2^9 + part of the hour. It stays below 2^53, what JavaScript counts
 * exactly, for 16 million series until the year 2089. Blocks of one series lie together in the order of their times.
 */
const PARTS = 2 ** 9;
const HOURS = 2 ** 20;
export const HOUR_US = 3_600_000_000;

/** The last part of an hour: it takes what is left, however much. */
export const LAST_PART = PARTS - 1;

export function blockKey(seriesId: number, hour: number, part = 0): number {
  return (seriesId * HOURS + hour) * PARTS + part;
}

/** Times from here on have no key, epoch ms: 2089-08-16. */
export const END_MS = HOURS * 3_600_000;

/** The keys of all blocks of a series that a range touches, [first, end). */
export function blockKeys(seriesId: number, startUs: number, endUs: number): [number, number] {
  const last = Math.min(HOURS - 1, hourOf(Math.max(0, endUs - 1)));
  return [blockKey(seriesId, hourOf(Math.max(0, startUs))), blockKey(seriesId, last + 1)];
}

/** The keys of all blocks of a level that a range touches, [first, end). */
export function rollupKeys(seriesId: number, level: Level, startMs: number, endMs: number): [number, number] {
  const last = Math.min(HOURS - 1, rollupIndexOf(level, Math.max(0, endMs - 1)));
  return [rollupKey(seriesId, rollupIndexOf(level, Math.max(0, startMs))), rollupKey(seriesId, last + 1)];
}

export function hourOf(timeUs: number): number {
  return Math.floor(timeUs / HOUR_US);
}

/** The part of the hour that a key names. */
export function partOf(key: number): number {
  return key % PARTS;
}

export function hourOfKey(key: number): number {
  return Math.floor(key / PARTS) % HOURS;
}

/** The key of a block of roll-ups: series × 2^20 + number of the block since 1970. */
export function rollupKey(seriesId: number, blockIndex: number): number {
  return seriesId * HOURS + blockIndex;
}

export function rollupIndexOf(level: Level, ms: number): number {
  return Math.floor(ms / blockMs(level));
}

export type Row = Record<string, SQLOutputValue>;

/** Every statement of the store. Ranges of keys hold their start and not their end. */
export function prepareTables(db: DatabaseSync) {
  const rollups = (table: string) => ({
    get: db.prepare(`SELECT data FROM ${table} WHERE key = ?`),
    put: db.prepare(`INSERT INTO ${table} (key, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data`),
    read: db.prepare(`SELECT key, data FROM ${table} WHERE key >= ? AND key < ? ORDER BY key`),
    drop: db.prepare(`DELETE FROM ${table} WHERE key >= ? AND key < ?`),
  });
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    listSeries: db.prepare("SELECT * FROM series ORDER BY id"),
    createSeries: db.prepare("INSERT INTO series (client, ip, name, created_ms) VALUES (?, ?, ?, ?)"),
    renameSeries: db.prepare("UPDATE series SET name = ?, pinned = ? WHERE id = ?"),
    deleteSeries: db.prepare("DELETE FROM series WHERE id = ?"),
    appendLog: db.prepare("INSERT INTO log (id, data) VALUES (?, ?)"),
    readLog: db.prepare("SELECT data FROM log ORDER BY id"),
    lastLog: db.prepare("SELECT max(id) AS id FROM log"),
    dropLog: db.prepare("DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id <= ? ORDER BY id LIMIT 5000)"),
    putBlock: db.prepare(
      `INSERT INTO blocks (key, n, last_us, written_hour, data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET n = excluded.n, last_us = excluded.last_us, written_hour = excluded.written_hour,
                                 data = excluded.data`,
    ),
    readBlocks: db.prepare(
      "SELECT key, last_us, data FROM blocks WHERE key >= ? AND key < ? AND last_us >= ? ORDER BY key LIMIT ?",
    ),
    newestBlock: db.prepare(
      "SELECT key, n, last_us, data FROM blocks WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1",
    ),
    newestTime: db.prepare("SELECT last_us FROM blocks WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1"),
    countBlocks: db.prepare("SELECT sum(n) AS n FROM blocks WHERE key >= ? AND key < ?"),
    listCounts: db.prepare("SELECT key, n FROM blocks"),
    dropBlocks: db.prepare("DELETE FROM blocks WHERE key >= ? AND key < ? AND written_hour < ?"),
    dropBlock: db.prepare("DELETE FROM blocks WHERE key = ?"),
    rollups: { "1m": rollups("rollups_1m"), "1h": rollups("rollups_1h") },
    getTracker: db.prepare("SELECT data FROM trackers WHERE series = ?"),
    putTracker: db.prepare(
      "INSERT INTO trackers (series, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data",
    ),
    dropTracker: db.prepare("DELETE FROM trackers WHERE series = ?"),
    listFloors: db.prepare("SELECT name, ms FROM floors"),
    putFloor: db.prepare("INSERT INTO floors (name, ms) VALUES (?, ?) ON CONFLICT DO UPDATE SET ms = excluded.ms"),
  };
}

export type Tables = ReturnType<typeof prepareTables>;

/** Runs `work` in one transaction: all of it is stored, or nothing and the error is thrown. */
export function transaction<T>(db: DatabaseSync, tables: Tables, work: () => T): T {
  tables.begin.run();
  try {
    const value = work();
    tables.commit.run();
    return value;
  } catch (error) {
    // SQLite has rolled back by itself where the disk is full: a second ROLLBACK would hide the real error.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

export function toSeries({ id, ip, client, name, created_ms }: Row): Series {
  const series = { id: Number(id), ip: String(ip), client: String(client), createdAtMs: Number(created_ms) };
  return name === null ? series : { ...series, name: String(name) };
}

export function bytesOf(row: Row): Uint8Array {
  if (!(row.data instanceof Uint8Array)) throw new TypeError("Cannot read a block: it must be bytes: it is not");
  return row.data;
}
