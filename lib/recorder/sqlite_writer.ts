import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import { MAX_LATENCY_MS } from "../recorder_contract.ts";
import { CommitQueue } from "./commit_queue.ts";
import { toValue } from "./ping_value.ts";
import { ResultBound } from "./result_bound.ts";
import type { Retention } from "./retention.ts";
import type { SqliteHistory } from "./sqlite_history.ts";
import { LogWriter, readLogRow } from "./sqlite_log.ts";
import { SqliteMaintenance } from "./sqlite_maintenance.ts";
import { bytesOf, END_MS, HOUR_US, hourOfKey, toSeries, transaction } from "./sqlite_tables.ts";
import type { AddOutcome, NewResult, RegisterOutcome, Series, SeriesKey } from "./store.ts";
import { Track } from "./track.ts";
import { TrackTable } from "./track_table.ts";

export interface WriterOptions {
  readonly clock: Clock;
  readonly retention: Retention;
  readonly maxResults: number;
  readonly maxSeries: number;
  readonly maxTail: number;
  /** Whether a result must be on disk before it counts as added. */
  readonly durable: boolean;
}

interface Batch {
  readonly results: readonly NewResult[];
  readonly resolve: (outcomes: readonly AddOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Taken {
  readonly track: Track;
  readonly timeUs: number;
  readonly value: number;
}

/** Everything that changes a database. */
export class SqliteWriter {
  readonly history: SqliteHistory;
  readonly #db: DatabaseSync;
  readonly #options: WriterOptions;
  readonly #table = new TrackTable();
  readonly #bound: ResultBound;
  readonly #maintenance: SqliteMaintenance;
  readonly #log = new LogWriter();
  readonly #queue = new CommitQueue<Batch>((batches) => this.#commit(batches));
  #closed = false;

  constructor(db: DatabaseSync, history: SqliteHistory, options: WriterOptions) {
    this.#db = db;
    this.history = history;
    this.#options = options;
    this.#bound = new ResultBound(options.maxResults);
    this.#maintenance = new SqliteMaintenance(db, history, this.#table, this.#bound, options);
    const heardMs = options.clock.now();
    for (const row of history.tables.listSeries.all()) {
      const saved = history.tables.getTracker.get(Number(row.id))?.data;
      const track = new Track(toSeries(row), {
        pinned: row.pinned === 1,
        heardMs,
        saved: saved === undefined ? undefined : String(saved),
      });
      this.#table.add(track);
    }
  }

  track(id: number): Track | undefined {
    return this.#table.byId(id);
  }

  tracks(): IterableIterator<Track> {
    return this.#table.all();
  }

  /** From when on raw results are shown, epoch ms. */
  keptFromMs(nowMs: number): number {
    return Math.max(nowMs - this.#options.retention.rawMs, this.#bound.floorUs / 1000);
  }

  /** Reads what was stored and not folded when the database was last closed, or not closed at all. Call it once. */
  replayLog(): void {
    const { tables } = this.history;
    for (const { key, n } of this.#options.maxResults === Infinity ? [] : tables.listCounts.all()) {
      this.#bound.add(hourOfKey(Number(key)) * HOUR_US, Number(n));
    }
    for (const track of this.tracks()) track.foldedToUs = this.history.newestTime(track);
    for (const row of tables.readLog.iterate()) {
      readLogRow(bytesOf(row), (id, timeUs, value) => this.#table.byId(id)?.tail.insert(timeUs, value));
    }
    for (const track of this.tracks()) {
      this.history.dropFolded(track);
      const { tail } = track;
      for (let i = 0; i < tail.length; i++) {
        track.scan(tail.time(i), tail.value(i));
        this.#bound.add(tail.time(i));
      }
      this.#maintenance.tailLength += tail.length;
    }
    this.#bound.enforce();
  }

  register(key: SeriesKey): RegisterOutcome {
    const { client, ip, name } = key;
    const track = this.#table.find(client, ip);
    if (track !== undefined) {
      if (isNewName(track, name)) this.#rename(track, name, false);
      return "existed";
    }
    if (this.#table.size >= this.#options.maxSeries) return "full";
    const nowMs = this.#options.clock.now();
    const { lastInsertRowid } = this.history.tables.createSeries.run(client, ip, name ?? null, nowMs);
    const series = { id: Number(lastInsertRowid), ip, client, createdAtMs: nowMs };
    this.#table.add(new Track(name === undefined ? series : { ...series, name }));
    return "created";
  }

  rename(id: number, name: string | null): Series | undefined {
    const track = this.#table.byId(id);
    // Statements run even where nothing is found, so that a closed store is always an error.
    if (track === undefined) this.history.tables.renameSeries.run(null, 0, id);
    else this.#rename(track, name ?? undefined, true);
    return track?.series;
  }

  remove(id: number): boolean {
    const track = this.#table.byId(id);
    const { tables } = this.history;
    transaction(this.#db, tables, () => {
      tables.deleteSeries.run(id);
      tables.dropTracker.run(id);
      if (track !== undefined) this.history.removeAll(track);
    });
    if (track === undefined) return false;
    this.#table.delete(track);
    this.#maintenance.tailLength -= track.tail.length;
    return true;
  }

  /** Takes a batch into the next commit, which all batches that wait share. */
  add(results: readonly NewResult[]): Promise<readonly AddOutcome[]> {
    if (this.#closed) throw new Error("Cannot use the store: it must be open: it is closed");
    return new Promise((resolve, reject) => {
      const batch = { results, resolve, reject };
      if (this.#options.durable) this.#queue.push(batch);
      else this.#commit([batch]);
    });
  }

  async maintain(nowMs: number): Promise<void> {
    await this.#maintenance.run(nowMs);
  }

  async close(): Promise<void> {
    this.#queue.flush();
    this.#closed = true;
    await this.#maintenance.close();
  }

  #commit(batches: readonly Batch[]): void {
    const nowMs = this.#options.clock.now();
    this.history.lowerFloors(nowMs);
    const done: { batch: Batch; outcomes: AddOutcome[] }[] = [];
    const taken: Taken[] = [];
    const names = new Map<Track, string>();
    try {
      this.#maintenance.makeRoom(nowMs);
      for (const batch of batches) {
        const from = taken.length;
        try {
          done.push({ batch, outcomes: batch.results.map((result) => this.#take(result, nowMs, taken, names)) });
        } catch (error) {
          undo(taken.splice(from));
          batch.reject(error);
        }
      }
      this.#store(taken, names);
    } catch (error) {
      undo(taken);
      for (const { reject } of batches) reject(error);
      return;
    }
    for (const { track, timeUs, value } of taken) {
      track.note(timeUs, value, nowMs);
      this.#bound.add(timeUs);
    }
    for (const { batch, outcomes } of done) batch.resolve(outcomes);
    this.#maintenance.grown(taken.length, nowMs);
  }

  /** Puts a result into the tail of its series: that is undone where it can't be stored. */
  #take(result: NewResult, nowMs: number, taken: Taken[], names: Map<Track, string>): AddOutcome {
    const { client, ip, name, atMs, latencyMs, cause } = result;
    const track = this.#table.find(client, ip);
    if (track === undefined) return "unknown-target";
    const value = toValue(latencyMs, cause);
    if (!(value <= MAX_LATENCY_MS * 1000)) {
      throw new RangeError(`Cannot store a result: 'latencyMs' must be at most ${MAX_LATENCY_MS}: it is ${latencyMs}`);
    }
    if (atMs !== undefined && !(atMs < END_MS)) {
      throw new RangeError(`Cannot store a result: 'atMs' must be below ${END_MS}: it is ${atMs}`);
    }
    if (isNewName(track, name)) names.set(track, name);
    const timeUs = atMs === undefined ? this.#nextStamp(track, nowMs * 1000) : atMs * 1000;
    if (atMs !== undefined) {
      if (atMs < this.#oldestMs(nowMs)) return "too-old";
      if (this.history.has(track, timeUs)) return "duplicate";
      if (this.history.isForgotten(track, timeUs)) return "too-old";
    }
    track.tail.insert(timeUs, value);
    taken.push({ track, timeUs, value });
    return "accepted";
  }

  #store(taken: readonly Taken[], names: ReadonlyMap<Track, string>): void {
    const { tables } = this.history;
    if (this.#options.durable && taken.length > 0 || names.size > 0) {
      this.#log.reset();
      for (const { track, timeUs, value } of taken) this.#log.push(track.series.id, timeUs, value);
      transaction(this.#db, tables, () => {
        for (const [track, name] of names) tables.renameSeries.run(name, 0, track.series.id);
        if (this.#options.durable && !this.#log.empty) {
          tables.appendLog.run(++this.#maintenance.lastLogId, this.#log.view());
        }
      });
    } else if (!this.#db.isOpen) {
      throw new Error("Cannot store: the database is closed");
    }
    for (const [track, name] of names) track.series = { ...track.series, name };
  }

  /** The next free microsecond after the whole one; of the next millisecond where all 999 are taken. */
  #nextStamp(track: Track, nowUs: number): number {
    for (let base = nowUs;; base += 1000) {
      const next = (this.history.lastIn(track, base, base + 1000) ?? base) + 1;
      if (next < base + 1000) return next;
    }
  }

  #oldestMs(nowMs: number): number {
    const { rawMs, minuteMs, hourMs } = this.#options.retention;
    return nowMs - Math.max(rawMs, minuteMs, hourMs);
  }

  #rename(track: Track, name: string | undefined, pinned: boolean): void {
    const { id, ip, client, createdAtMs } = track.series;
    this.history.tables.renameSeries.run(name ?? null, pinned ? 1 : 0, id);
    track.pinned = pinned;
    track.series = name === undefined ? { id, ip, client, createdAtMs } : { id, ip, client, name, createdAtMs };
  }
}

function isNewName(track: Track, name: string | undefined): name is string {
  return name !== undefined && !track.pinned && name !== track.series.name;
}

function undo(taken: readonly Taken[]): void {
  for (const { track, timeUs } of taken) track.tail.remove(timeUs);
}
