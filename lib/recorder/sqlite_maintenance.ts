import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import type { ResultBound } from "./result_bound.ts";
import { LEVELS } from "./rollup.ts";
import type { SqliteHistory } from "./sqlite_history.ts";
import { blockKey, hourOf, rollupIndexOf, rollupKey, transaction } from "./sqlite_tables.ts";
import type { WriterOptions } from "./sqlite_writer.ts";
import type { Track } from "./track.ts";
import type { TrackTable } from "./track_table.ts";

const HOUR_MS = 3_600_000;

/** One step of maintenance takes about so long, ms; then posts and pages get their turn. */
const STEP_MS = 10;

/** And it works on at most so many series, whatever the clock says. */
const STEP_TRACKS = 200;

/** Folds and drops history in small steps. */
export class SqliteMaintenance {
  readonly #db: DatabaseSync;
  readonly #history: SqliteHistory;
  readonly #table: TrackTable;
  readonly #bound: ResultBound;
  readonly #options: WriterOptions;
  #running: Promise<void> | undefined;
  #closing = false;
  #foldedHour: number;
  #droppedHour = -1;
  #trimmedToUs = -Infinity;
  /**
   * The id of the newest row of the log. SQLite would give an id again once its row is gone, and then a row that comes
   * while the log is being emptied would be taken for one that is folded.
   */
  lastLogId: number;
  /** How many results wait to be folded. */
  tailLength = 0;

  constructor(
    db: DatabaseSync,
    history: SqliteHistory,
    table: TrackTable,
    bound: ResultBound,
    options: WriterOptions,
  ) {
    this.#db = db;
    this.#history = history;
    this.#table = table;
    this.#bound = bound;
    this.#options = options;
    this.lastLogId = Number(history.tables.lastLog.get()?.id ?? 0);
    this.#foldedHour = Math.floor(options.clock.now() / HOUR_MS);
  }

  /** Results were added: starts what has become due, and does not wait for it. */
  grown(count: number, nowMs: number): void {
    this.tailLength += count;
    if (this.#bound.enforce()) {
      this.#history.floors.raw = Math.max(this.#history.floors.raw, this.#bound.floorUs / 1000);
    }
    if (this.#running !== undefined || this.#closing) return;
    if (this.tailLength <= this.#mostTail() && this.#bound.floorUs <= this.#trimmedToUs) return;
    // What fails here is tried again after the next add; the results stay in the log and in memory.
    this.#start(() => this.#work(nowMs)).catch(() => {});
  }

  /** Folds once an hour, and drops what the retention no longer keeps. */
  async run(nowMs: number): Promise<void> {
    await this.#running?.catch(() => {});
    if (this.#closing) return;
    await this.#start(() => this.#work(nowMs, true));
  }

  /** Waits for the step that is under way; no other begins. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#running?.catch(() => {});
  }

  #start(work: () => Promise<void>): Promise<void> {
    this.#running = work().finally(() => this.#running = undefined);
    return this.#running;
  }

  async #work(nowMs: number, thorough = false): Promise<void> {
    await nextTurn();
    const hour = Math.floor(nowMs / HOUR_MS);
    const trimToUs = this.#bound.floorUs;
    if (this.tailLength > this.#mostTail() || thorough && hour !== this.#foldedHour || trimToUs > this.#trimmedToUs) {
      await this.#fold(nowMs);
      this.#foldedHour = hour;
    }
    if (trimToUs > this.#trimmedToUs) {
      this.#saveFloors();
      await this.#inSteps((track) => this.#history.trim(track, trimToUs));
      this.#trimmedToUs = trimToUs;
    }
    if (thorough && hour !== this.#droppedHour) {
      await this.#drop(nowMs);
      if (!this.#closing) this.#droppedHour = hour;
    }
  }

  /** Folds all that is in the log by now, and empties the log up to there. */
  async #fold(nowMs: number): Promise<void> {
    const { tables } = this.#history;
    const lastLog = this.lastLogId;
    await this.#inSteps((track) => this.#history.fold(track, nowMs), (track) => this.#settle(track));
    while (!this.#closing && Number(tables.dropLog.run(lastLog).changes) > 0) await nextTurn();
  }

  /** Where folding can't keep up, or fails, who adds more has to do it, and sees the error. */
  makeRoom(nowMs: number): void {
    if (this.tailLength <= 3 * this.#mostTail()) return;
    const { tables } = this.#history;
    const tracks = [...this.#table.all()].filter(({ tail }) => tail.length > 0);
    transaction(this.#db, tables, () => {
      for (const track of tracks) this.#history.fold(track, nowMs);
    });
    for (const track of tracks) this.#settle(track);
  }

  #settle(track: Track): void {
    this.tailLength -= track.tail.length;
    this.#history.folded(track);
  }

  async #drop(nowMs: number): Promise<void> {
    const { retention } = this.#options;
    const { tables, floors } = this.#history;
    const rawHour = hourOf((nowMs - retention.rawMs) * 1000);
    floors.raw = Math.max(floors.raw, rawHour * HOUR_MS);
    const firstKept = LEVELS.map((level) => ({
      level,
      index: rollupIndexOf(level, nowMs - this.#history.keepMs(level)),
    }));
    for (const { level, index } of firstKept) {
      floors[level.name] = Math.max(floors[level.name], index * level.widthMs * level.perBlock);
    }
    this.#bound.forgetBefore(floors.raw * 1000);
    // Before anything is dropped: after a crash in between, nobody must take a result for new that was.
    this.#saveFloors();
    await this.#inSteps(({ series: { id } }) => {
      // Results that came late stay as long as others after they came: so long they may be sent again.
      tables.dropBlocks.run(blockKey(id, 0), blockKey(id, rawHour), rawHour);
      for (const { level, index } of firstKept) {
        tables.rollups[level.name].drop.run(rollupKey(id, 0), rollupKey(id, index));
      }
    });
  }

  #saveFloors(): void {
    const { tables, floors } = this.#history;
    transaction(this.#db, tables, () => {
      for (const [name, ms] of Object.entries(floors)) if (ms > -Infinity) tables.putFloor.run(name, Math.ceil(ms));
    });
  }

  /** Works on each series, some in one transaction; `after` follows once it is committed. */
  async #inSteps(work: (track: Track) => void, after: (track: Track) => void = () => {}): Promise<void> {
    const tracks = [...this.#table.all()];
    for (let next = 0; next < tracks.length && !this.#closing;) {
      const ends = this.#options.clock.monotonic() + STEP_MS;
      const step: Track[] = [];
      transaction(this.#db, this.#history.tables, () => {
        for (; next < tracks.length && step.length < STEP_TRACKS; next++) {
          const track = tracks[next];
          // A series may have been deleted since the step before.
          if (track === undefined || this.#table.byId(track.series.id) !== track) continue;
          work(track);
          step.push(track);
          if (this.#options.clock.monotonic() >= ends) {
            next++;
            break;
          }
        }
      });
      for (const track of step) after(track);
      await nextTurn();
    }
  }

  /** More series fill more blocks at each folding, so they gather more results before it. */
  #mostTail(): number {
    return this.#options.maxTail * Math.max(1, this.#table.size / 10_000);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
