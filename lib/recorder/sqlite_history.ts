import type { Bucket } from "./bucket.ts";
import { decodeBlock, encodeBlock } from "./raw_block.ts";
import { mergeResults, Results } from "./results.ts";
import type { Retention } from "./retention.ts";
import { addToBlock, bucketsOf, type Level, LEVELS, totalIn } from "./rollup.ts";
import {
  blockKey,
  blockKeys,
  bytesOf,
  hourOf,
  hourOfKey,
  LAST_PART,
  partOf,
  rollupIndexOf,
  rollupKey,
  rollupKeys,
  type Row,
  type Tables,
} from "./sqlite_tables.ts";
import { LEAST_RECENT, Recent, RECENT_US, type Track } from "./track.ts";
import { ByteReader } from "./varint.ts";

/** A block is split where it grows above this many results, so that reading and rewriting it stays quick. */
const BLOCK_RESULTS = 2048;

/** How many blocks are read at a time: at most some 16,000 results in memory. */
const BLOCKS_AT_ONCE = 8;

/** How many decoded blocks are kept for results that come late. */
const CACHED_BLOCKS = 256;

/** What is dropped up to a moment, ms: results, and roll-ups of each level. */
export interface Floors {
  raw: number;
  "1m": number;
  "1h": number;
}

/** The blocks of a database together with the results that are not folded into them yet. All of it is synchronous. */
export class SqliteHistory {
  readonly tables: Tables;
  readonly #retention: Retention;
  readonly #cache = new Map<number, Results>();
  readonly floors: Floors = { raw: -Infinity, "1m": -Infinity, "1h": -Infinity };

  constructor(tables: Tables, retention: Retention) {
    this.tables = tables;
    this.#retention = retention;
    for (const { name, ms } of tables.listFloors.all()) {
      if (name === "raw" || name === "1m" || name === "1h") this.floors[name] = Number(ms);
    }
  }

  keepMs(level: Level): number {
    return level.name === "1m" ? this.#retention.minuteMs : this.#retention.hourMs;
  }

  /** Results of one series in [startUs, endUs), oldest first, in parts; other work may be done between two parts. */
  *slices(track: Track, startUs: number, endUs: number): Generator<Results> {
    for (let fromUs = startUs; fromUs < endUs;) {
      const rows = track.foldedToUs < fromUs ? [] : this.#readBlocks(track, fromUs, endUs);
      const more = rows.length === BLOCKS_AT_ONCE;
      const toUs = more ? Math.min(endUs, Number(rows.at(-1)?.last_us) + 1) : endUs;
      let part = new Results(0);
      for (const row of rows) decodeBlock(bytesOf(row), part);
      part = mergeResults(rows.length === 0 ? part : part.between(fromUs, toUs), track.tail.between(fromUs, toUs));
      if (part.length > 0) yield part;
      fromUs = toUs;
    }
  }

  /** About how many raw results a range holds. */
  countRaw(track: Track, startUs: number, endUs: number): number {
    const { id } = track.series;
    const folded = this.tables.countBlocks.get(...blockKeys(id, startUs, endUs))?.n;
    return Number(folded ?? 0) + track.tail.lowerBound(endUs) - track.tail.lowerBound(startUs);
  }

  /** After a clock that was ahead has been set right, what it had dropped in the future must not be refused for ever. */
  lowerFloors(nowMs: number): void {
    for (const name of ["raw", "1m", "1h"] as const) this.floors[name] = Math.min(this.floors[name], nowMs);
  }

  /** At least the newest `count` results, or all. */
  newest(track: Track, count: number): Results {
    let newest = track.tail.slice(Math.max(0, track.tail.length - count), track.tail.length);
    let end = blockKey(track.series.id + 1, 0);
    while (newest.length < count || newest.time(0) <= track.foldedToUs) {
      const row = this.tables.newestBlock.get(blockKey(track.series.id, 0), end);
      if (row === undefined || newest.length >= count && Number(row.last_us) < newest.time(0)) break;
      newest = mergeResults(decodeBlock(bytesOf(row)), newest);
      end = Number(row.key);
    }
    return newest;
  }

  /** The newest results of a series, which are then kept at hand. */
  recent(track: Track, nowMs: number): Recent {
    if (track.recent !== undefined) return track.recent;
    const fromUs = nowMs * 1000 - RECENT_US;
    let results = this.newest(track, LEAST_RECENT);
    if (results.length > 0 && results.time(0) > fromUs) {
      results = new Results();
      for (const part of this.slices(track, fromUs, Infinity)) results = mergeResults(results, part);
      if (results.length < LEAST_RECENT) results = this.newest(track, LEAST_RECENT);
    }
    const room = results.slice(0, results.length);
    return track.recent = new Recent(room, Math.min(fromUs, results.length === 0 ? fromUs : results.time(0)));
  }

  /** Whether a result is stored already. */
  has(track: Track, timeUs: number): boolean {
    if (track.tail.has(timeUs)) return true;
    return timeUs <= track.foldedToUs && (this.#blockAt(track, timeUs)?.has(timeUs) ?? false);
  }

  /** The newest time from `startUs` to before `endUs`; undefined where there is none. */
  lastIn(track: Track, startUs: number, endUs: number): number | undefined {
    const { tail } = track;
    const index = tail.lowerBound(endUs) - 1;
    let last = index >= 0 && tail.time(index) >= startUs ? tail.time(index) : undefined;
    if (track.foldedToUs < startUs) return last;
    for (const part of this.slices(track, startUs, endUs)) last = part.time(part.length - 1);
    return last;
  }

  /**
   * Whether results near a time were dropped after they had been counted in a roll-up: then nobody can say whether a
   * result of that time is new, and taking it could count it twice.
   */
  isForgotten(track: Track, timeUs: number): boolean {
    const ms = Math.floor(timeUs / 1000);
    if (ms >= this.floors.raw) return false;
    const level = LEVELS.find(({ name }) => ms >= this.floors[name]);
    if (level === undefined) return true;
    const bucket = Math.floor(ms / level.widthMs);
    const blockIndex = rollupIndexOf(level, ms);
    const row = this.tables.rollups[level.name].get.get(rollupKey(track.series.id, blockIndex));
    const counted = row === undefined ? 0 : totalIn(bytesOf(row), bucket - blockIndex * level.perBlock);
    if (counted === 0) return false;
    const [startUs, endUs] = [bucket * level.widthMs * 1000, (bucket + 1) * level.widthMs * 1000];
    let [known, unfolded] = [0, track.tail.lowerBound(endUs) - track.tail.lowerBound(startUs)];
    for (const part of this.slices(track, startUs, endUs)) known += part.length;
    return counted > known - unfolded;
  }

  /**
   * Writes what is not folded yet into blocks and roll-ups. Call it in a transaction and, once that is committed,
   * `folded`: results are in a block exactly if the roll-ups count them, so that none is ever counted twice.
   */
  fold(track: Track, nowMs: number): void {
    const { tail, series } = track;
    if (tail.length === 0) return;
    forEachRun(tail, (timeUs) => hourOf(timeUs), (hour, start, end) => this.#foldHour(track, hour, start, end, nowMs));
    for (const level of LEVELS) {
      const { get, put } = this.tables.rollups[level.name];
      forEachRun(tail, (timeUs) => rollupIndexOf(level, timeUs / 1000), (index, start, end) => {
        const key = rollupKey(series.id, index);
        const row = get.get(key);
        put.run(key, addToBlock(level, row && bytesOf(row), index, tail, start, end));
      });
    }
    this.tables.putTracker.run(series.id, track.scanner.save());
  }

  /** What `fold` wrote is committed. */
  folded(track: Track): void {
    if (track.tail.length === 0) return;
    track.foldedToUs = Math.max(track.foldedToUs, track.tail.time(track.tail.length - 1));
    track.tail.clear();
    this.#cache.clear();
  }

  /** The newest time in a block, µs; −1 where there is no block. */
  newestTime({ series: { id } }: Track): number {
    return Number(this.tables.newestTime.get(blockKey(id, 0), blockKey(id + 1, 0))?.last_us ?? -1);
  }

  /** Takes out of the tail what is in a block already: it was folded before the log could be emptied. */
  dropFolded(track: Track): void {
    const { tail } = track;
    if (tail.length === 0 || tail.time(0) > track.foldedToUs) return;
    const unfolded = tail.slice(0, tail.length);
    tail.clear();
    for (let i = 0; i < unfolded.length; i++) {
      if (!this.has(track, unfolded.time(i))) tail.insert(unfolded.time(i), unfolded.value(i));
    }
  }

  /** Removes the whole history of a series. */
  removeAll({ series: { id } }: Track): void {
    this.#cache.clear();
    this.tables.dropBlocks.run(blockKey(id, 0), blockKey(id + 1, 0), Number.MAX_SAFE_INTEGER);
    for (const { name } of LEVELS) this.tables.rollups[name].drop.run(rollupKey(id, 0), rollupKey(id + 1, 0));
  }

  /** Removes the results of one series before a moment. */
  trim(track: Track, beforeUs: number): void {
    const { id } = track.series;
    const end = blockKey(id, hourOf(beforeUs) + 1);
    this.#cache.clear();
    this.tables.dropBlocks.run(blockKey(id, 0), blockKey(id, hourOf(beforeUs)), Number.MAX_SAFE_INTEGER);
    for (const row of this.tables.readBlocks.all(blockKey(id, hourOf(beforeUs)), end, 0, LAST_PART + 1)) {
      const results = decodeBlock(bytesOf(row));
      const keep = results.lowerBound(beforeUs);
      if (keep === 0) break;
      if (keep === results.length) this.tables.dropBlock.run(Number(row.key));
      else this.#put(Number(row.key), results, keep, results.length, 0);
    }
  }

  /** Adds what one level counts of a series from `startMs` to before `endMs`, both multiples of its width. */
  addRollups(track: Track, level: Level, startMs: number, endMs: number, into: Bucket): void {
    for (const row of this.rollups(track, level, startMs, endMs)) {
      const first = (Number(row.key) % rollupKey(1, 0)) * level.perBlock;
      for (const { index, bytes } of bucketsOf(bytesOf(row))) {
        const ms = (first + index) * level.widthMs;
        if (ms >= startMs && ms < endMs) into.addEncoded(new ByteReader(bytes));
      }
    }
  }

  /** The blocks of one level that touch a range; their index is the key modulo `rollupKey(1, 0)`. */
  rollups(track: Track, level: Level, startMs: number, endMs: number): Row[] {
    return this.tables.rollups[level.name].read.all(...rollupKeys(track.series.id, level, startMs, endMs));
  }

  #readBlocks({ series: { id } }: Track, fromUs: number, endUs: number): Row[] {
    return this.tables.readBlocks.all(...blockKeys(id, fromUs, endUs), Math.max(0, fromUs), BLOCKS_AT_ONCE);
  }

  /** The block in which a time lies or would lie. */
  #blockAt({ series: { id } }: Track, timeUs: number): Results | undefined {
    const hour = hourOf(timeUs);
    const [row] = this.tables.readBlocks.all(blockKey(id, hour), blockKey(id, hour + 1), timeUs, 1);
    if (row === undefined) return undefined;
    const key = Number(row.key);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const results = decodeBlock(bytesOf(row));
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= CACHED_BLOCKS && !oldest.done) this.#cache.delete(oldest.value);
    this.#cache.set(key, results);
    return results;
  }

  /** Merges the results from index `start` to before `end`, all of one hour, into the parts of that hour. */
  #foldHour({ series: { id }, tail }: Track, hour: number, start: number, end: number, nowMs: number): void {
    const rows = this.tables.readBlocks.all(
      blockKey(id, hour),
      blockKey(id, hour + 1),
      tail.time(start),
      LAST_PART + 1,
    );
    if (rows.length === 0) {
      const last = this.tables.newestBlock.get(blockKey(id, hour), blockKey(id, hour + 1));
      if (last !== undefined) rows.push(last);
    }
    const stored = new Results(0);
    for (const row of rows) decodeBlock(bytesOf(row), stored);
    const merged = mergeResults(stored, tail.slice(start, end));
    const firstPart = rows[0] === undefined ? 0 : partOf(Number(rows[0].key));
    const parts = Math.min(Math.ceil(merged.length / BLOCK_RESULTS), LAST_PART - firstPart + 1);
    for (let part = 0, from = 0; part < parts; part++) {
      const to = part === parts - 1 ? merged.length : from + BLOCK_RESULTS;
      this.#put(blockKey(id, hour, firstPart + part), merged, from, to, hourOf(nowMs * 1000));
      from = to;
    }
    // Parts that had been trimmed are fuller now, and so fewer.
    for (const { key } of rows) if (partOf(Number(key)) >= firstPart + parts) this.tables.dropBlock.run(Number(key));
  }

  #put(key: number, results: Results, start: number, end: number, writtenHour: number): void {
    const data = encodeBlock(results, start, end);
    const written = Math.max(writtenHour, hourOfKey(key));
    this.tables.putBlock.run(key, end - start, results.time(end - 1), written, data);
  }
}

/** Calls `take` for each run of results that have the same key, which rises with their time. */
function forEachRun(
  results: Results,
  keyOf: (timeUs: number) => number,
  take: (key: number, start: number, end: number) => void,
): void {
  for (let start = 0; start < results.length;) {
    const key = keyOf(results.time(start));
    let end = start + 1;
    while (end < results.length && keyOf(results.time(end)) === key) end++;
    take(key, start, end);
    start = end;
  }
}
