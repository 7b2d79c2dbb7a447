import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import type { Entry, Outbox } from "../outbox.ts";
import type { PingResult } from "../result.ts";
import { faultOf, SpoolError } from "./spool_fault.ts";
import { openOrSetAside, setAside, SpoolFile } from "./spool_file.ts";

export interface SqliteOutboxOptions {
  readonly path: string;
  /** Most results it holds. Default 5,000,000. */
  readonly maxResults?: number;
  /** Most bytes it holds, at `ROW_BYTES` a result. Default 512 MiB. */
  readonly maxBytes?: number;
  /** Most results it holds in memory while the file can't be written. Default 100,000. */
  readonly maxInMemory?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** What a result takes on disk at the most: measured 24 bytes with its share of pages and index, log aside. */
export const ROW_BYTES = 32;

/**
 * A result that has waited this long in memory goes to disk. One that the recorder takes sooner never touches it: that
 * spares the flash of a small box, and at most this much and one look is lost with a process that is killed.
 */
const FLUSH_AFTER_MS = 500;
const LOOK_EVERY_MS = 250;
/** So many in memory go to disk at once, whatever their age. */
const FLUSH_AT = 2000;
/** More than any drain has under way. */
const MAX_HANDED_OUT = 10_000;
/** How long a file that could not be written is left alone. */
const RETRY_MS = 30_000;

/**
 * A bounded queue in a SQLite file: what it holds survives a crash and a loss of power. A file that is damaged is set
 * aside, one that can't be written is replaced by memory until it can be; both are said, and pinging goes on.
 * @throws {SpoolError} when another process has the file or its folder does not exist
 */
export function createSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  return new SqliteOutbox(options);
}

interface Buffered {
  readonly entry: Entry;
  readonly since: number;
}

class SqliteOutbox implements Outbox {
  readonly #options: Required<SqliteOutboxOptions>;
  readonly #bound: number;
  readonly #closing = new AbortController();
  #file: SpoolFile | undefined;
  /** Not on disk yet; every seq in it is above those on disk. */
  readonly #buffer = new Map<number, Buffered>();
  /** Delivered, but still on disk. */
  readonly #removed = new Set<number>();
  /** Read from disk and not removed since: to remove them again costs no look at the file. */
  readonly #handedOut = new Set<number>();
  #onDisk = 0;
  #nextSeq = 1;
  #dropped = 0;
  #saidDropped = -Infinity;
  /** When a file that could not be written is tried again; undefined while it is well. */
  #retryAt: number | undefined;

  constructor(options: SqliteOutboxOptions) {
    const {
      maxResults = 5_000_000,
      maxBytes = 512 * 1024 * 1024,
      maxInMemory = 100_000,
      clock = systemClock,
      log = silentLog,
    } = options;
    this.#options = { ...options, maxResults, maxBytes, maxInMemory, clock, log };
    this.#bound = Math.max(1, Math.min(maxResults, Math.floor(maxBytes / ROW_BYTES)));
    this.#openFirst();
    this.#keepLooking();
  }

  get size(): number {
    return this.#onDisk - this.#removed.size + this.#buffer.size;
  }

  get bytes(): number {
    return this.size * ROW_BYTES;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get lastSeq(): number {
    return this.#nextSeq - 1;
  }

  push(result: PingResult): void {
    const seq = this.#nextSeq++;
    this.#buffer.set(seq, { entry: { seq, result }, since: this.#options.clock.monotonic() });
    if (this.#buffer.size >= FLUSH_AT && this.#retryAt === undefined) this.#flush();
    if (this.size > this.#bound || this.#buffer.size > this.#options.maxInMemory) this.#dropOldest();
  }

  read(limit: number, { after = 0 }: { readonly after?: number } = {}): readonly Entry[] {
    const found = this.#readDisk(limit, after);
    if (found.length >= limit) return found;
    for (const { entry } of this.#buffer.values()) {
      if (entry.seq > after && found.push(entry) >= limit) break;
    }
    return found;
  }

  remove(seq: number): boolean {
    if (this.#buffer.delete(seq)) return true;
    const there = !this.#removed.has(seq) &&
      (this.#handedOut.delete(seq) || (this.#try((file) => file.has(seq)) ?? false));
    if (there) this.#removed.add(seq);
    if (this.#removed.size >= FLUSH_AT && this.#retryAt === undefined) this.#flush();
    return there;
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#flush();
    this.#try((file) => file.shrink());
    this.#file?.close();
    this.#file = undefined;
  }

  #readDisk(limit: number, after: number): Entry[] {
    const found: Entry[] = [];
    if (this.#handedOut.size > MAX_HANDED_OUT) this.#handedOut.clear();
    for (let from = after; found.length < limit;) {
      const page = this.#try((file) => file.read(from, limit)) ?? [];
      for (const entry of page) {
        if (found.length >= limit || this.#removed.has(entry.seq)) continue;
        this.#handedOut.add(entry.seq);
        found.push(entry);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < limit) break;
      from = last.seq;
    }
    return found;
  }

  /** Makes room: on disk in steps of a hundredth of the bound, because a transaction for each result would be dear. */
  #dropOldest(): void {
    const wanted = Math.max(1, Math.min(1000, Math.floor(this.#bound / 100)));
    this.#flushRemoved();
    const fromDisk = this.#onDisk === 0 || this.#retryAt !== undefined
      ? 0
      : this.#try((file) => file.dropOldest(wanted)) ?? 0;
    this.#onDisk -= fromDisk;
    this.#dropped += fromDisk;
    this.#handedOut.clear();
    for (const seq of this.#buffer.keys()) {
      if (this.size <= this.#bound && this.#buffer.size <= this.#options.maxInMemory) break;
      this.#buffer.delete(seq);
      this.#dropped++;
    }
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#saidDropped < 60_000) return;
    this.#saidDropped = clock.monotonic();
    log.warn("outbox full: the oldest results go; {dropped} so far", { dropped: this.#dropped });
  }

  #flushRemoved(): void {
    if (this.#removed.size > 0 && this.#retryAt === undefined) this.#flush();
  }

  /** Brings what waits in memory, and what was delivered from disk, to disk in one transaction. */
  #flush(): void {
    if (this.#buffer.size === 0 && this.#removed.size === 0) return;
    if (this.#file === undefined) this.#reopen();
    this.#mend();
    const added = [...this.#buffer.values()].map(({ entry }) => entry);
    const done = this.#try((file) => {
      file.write(added, this.#removed);
      return true;
    });
    if (done !== true) return;
    this.#onDisk += added.length - this.#removed.size;
    this.#buffer.clear();
    const emptied = this.#onDisk === 0 && this.#removed.size > 0;
    this.#removed.clear();
    if (emptied) this.#try((file) => file.shrink());
    if (this.#retryAt !== undefined) {
      this.#options.log.info("spool {path} can be written again", { path: this.#options.path });
    }
    this.#retryAt = undefined;
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      const now = clock.monotonic();
      if (this.#retryAt !== undefined && now < this.#retryAt) continue;
      const [oldest] = this.#buffer.values();
      const due = oldest !== undefined && now - oldest.since >= FLUSH_AFTER_MS;
      if (due || this.#removed.size > 0) this.#flush();
    }
  }

  #openFirst(): void {
    const { path } = this.#options;
    try {
      this.#open();
    } catch (error) {
      const fault = faultOf(error);
      if (fault === "locked") {
        throw new SpoolError(`Cannot use the spool '${path}': another ping-client has it open`, { cause: error });
      }
      if (fault === "absent") {
        throw new SpoolError(`Cannot use the spool '${path}': it must be a file in a folder that exists`, {
          cause: error,
        });
      }
      if (fault === undefined) throw error;
      this.#fallBack(error);
    }
  }

  #open(): void {
    const { path, clock, log } = this.#options;
    this.#file = openOrSetAside(path, clock.now(), (aside) => {
      log.error("spool {path} is damaged or no spool: it now stands as {aside}, and a new one is used", {
        path,
        aside,
      });
    });
    const { count, lastSeq } = this.#file.extent;
    this.#onDisk = count;
    this.#nextSeq = Math.max(this.#nextSeq, lastSeq + 1);
  }

  #reopen(): void {
    try {
      this.#open();
    } catch (error) {
      this.#fallBack(error);
    }
  }

  /** Looks whether the file is still the one that was opened, and puts right what can be put right. */
  #mend(): void {
    const state = this.#try((file) => file.look());
    if (state === "corrupt") this.#replace();
    if (state !== "gone") return;
    const { path, log } = this.#options;
    log.error("spool {path} was removed: it is written anew", { path });
    this.#try((file) => {
      file.restore();
      file.close();
      this.#file = new SpoolFile(path);
    });
  }

  /** Sets a damaged file aside and goes on with a new one; what was in it counts as dropped. */
  #replace(): void {
    const { path, clock, log } = this.#options;
    const lost = this.#onDisk - this.#removed.size;
    this.#file?.close();
    this.#file = undefined;
    this.#dropped += lost;
    this.#onDisk = 0;
    this.#removed.clear();
    this.#handedOut.clear();
    try {
      const aside = setAside(path, clock.now());
      log.error("spool {path} was damaged: it now stands as {aside}, with {lost} results in it", { path, aside, lost });
    } catch (error) {
      this.#fallBack(error);
      return;
    }
    this.#reopen();
  }

  #fallBack(error: unknown): void {
    const { path, clock, log } = this.#options;
    if (this.#retryAt === undefined) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("spool {path} can't be written ({reason}): results wait in memory until it can", { path, reason });
    }
    this.#retryAt = clock.monotonic() + RETRY_MS;
  }

  /** Does something with the file; undefined where there is none or it failed, after doing what the fault asks for. */
  #try<T>(body: (file: SpoolFile) => T): T | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return body(this.#file);
    } catch (error) {
      if (faultOf(error) === "corrupt") this.#replace();
      else this.#fallBack(error);
      return undefined;
    }
  }
}
