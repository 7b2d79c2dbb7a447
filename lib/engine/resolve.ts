import { lookup } from "node:dns/promises";
import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import type { Family } from "../target.ts";

/** The addresses of a name, best first. Rejects where there is none. */
export type Resolve = (host: string, family: Family) => Promise<readonly string[]>;

/** Asks the system's own resolver (getaddrinfo), so that its hosts file counts too. Needs `--allow-net` alone. */
export const resolveName: Resolve = async (host, family) => {
  const found = await lookup(host, { all: true, family: family === "any" ? 0 : family === "ipv4" ? 4 : 6 });
  return found.map(({ address }) => address);
};

export interface NamesOptions {
  readonly resolve?: Resolve;
  readonly clock?: Clock;
  /** 0 to 1; for the jitter. */
  readonly random?: () => number;
  readonly log?: Log;
  /** Called after a name got its first address or another one. */
  readonly onChange: (host: string) => void;
  /** Called after a name got another address than it had. */
  readonly onMove?: (host: string) => void;
}

/** How often a name that has an address is asked for again. */
const REFRESH_MS = 60_000;
/** Full jitter below this, doubling from the first to the last, for a name that does not resolve. */
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 60_000;
/** A name under suspicion is asked for at most this often. */
const SUSPECT_MS = 10_000;
/** Questions at once: the system answers only a few at a time, and dead servers make each take many seconds. */
const CONCURRENCY = 16;

interface Entry {
  readonly host: string;
  readonly family: Family;
  address: string | undefined;
  askedMs: number;
  dueMs: number;
  failures: number;
  asking: boolean;
}

/**
 * The addresses of names, kept up to date: asked for each minute, with backoff where a name does not resolve, and early
 * where its target stopped answering. A name keeps the address it has for as long as its server still names it, so that
 * a round-robin does not move it each minute, and keeps the last good one while it does not resolve.
 */
export class Names {
  readonly #entries = new Map<string, Entry>();
  readonly #resolve: Resolve;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Log;
  readonly #onChange: (host: string) => void;
  readonly #onMove: (host: string) => void;
  readonly #questions = new Set<Promise<void>>();

  constructor(options: NamesOptions) {
    const { resolve = resolveName, clock = systemClock, random = Math.random, log = silentLog } = options;
    const { onChange, onMove = () => {} } = options;
    this.#resolve = resolve;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#onChange = onChange;
    this.#onMove = onMove;
  }

  /** Adds a name; it is asked for at the next `tick`. */
  add(host: string, family: Family): void {
    const now = this.#clock.monotonic();
    this.#entries.set(host, {
      host,
      family,
      address: undefined,
      askedMs: -Infinity,
      dueMs: now,
      failures: 0,
      asking: false,
    });
  }

  has(host: string): boolean {
    return this.#entries.has(host);
  }

  remove(host: string): void {
    this.#entries.delete(host);
  }

  /** Its newest good address. */
  addressOf(host: string): string | undefined {
    return this.#entries.get(host)?.address;
  }

  /** Asks for a name soon, because its target does not answer: it may have moved. */
  suspect(host: string): void {
    const entry = this.#entries.get(host);
    if (entry === undefined || entry.failures > 0) return;
    entry.dueMs = Math.min(entry.dueMs, entry.askedMs + SUSPECT_MS);
  }

  /** Asks for the names that are due, as many as may be asked for at once. */
  tick(): void {
    const now = this.#clock.monotonic();
    for (const entry of this.#entries.values()) {
      if (this.#questions.size >= CONCURRENCY) return;
      if (entry.asking || entry.dueMs > now) continue;
      const question: Promise<void> = this.#ask(entry).then(() => void this.#questions.delete(question));
      this.#questions.add(question);
    }
  }

  /** Resolves when every name has been asked for once, or after `ms`. */
  async firstAnswers(ms: number): Promise<void> {
    const over = new AbortController();
    const asked = async () => {
      while (!over.signal.aborted) {
        this.tick();
        if (this.#questions.size === 0) break;
        await Promise.race(this.#questions);
      }
      over.abort();
    };
    const asking = asked();
    await this.#clock.sleep(ms, over.signal);
    if (over.signal.aborted) await asking;
    over.abort();
  }

  /** Waits for the questions under way, at most `ms`. */
  async stop(ms: number): Promise<void> {
    this.#entries.clear();
    const over = new AbortController();
    const answered = Promise.all(this.#questions).then(() => over.abort());
    await this.#clock.sleep(ms, over.signal);
    if (over.signal.aborted) await answered;
  }

  /** Never rejects. */
  async #ask(entry: Entry): Promise<void> {
    entry.asking = true;
    entry.askedMs = this.#clock.monotonic();
    let found: readonly string[] = [];
    let reason: unknown = "it has no address";
    try {
      found = await this.#resolve(entry.host, entry.family);
    } catch (error) {
      reason = error instanceof Error ? error.message : error;
    }
    entry.asking = false;
    if (this.#entries.get(entry.host) !== entry) return;
    if (found[0] === undefined) this.#failed(entry, reason);
    else this.#answered(entry, found, found[0]);
  }

  #answered(entry: Entry, found: readonly string[], best: string): void {
    entry.failures = 0;
    // Names that began together are not asked for together for ever.
    entry.dueMs = this.#clock.monotonic() + REFRESH_MS * (0.9 + 0.1 * this.#random());
    const from = entry.address;
    if (from !== undefined && found.includes(from)) return;
    entry.address = best;
    if (from !== undefined) {
      this.#log.info("{host} moved from {from} to {to}", { host: entry.host, from, to: best });
      this.#onMove(entry.host);
    }
    this.#onChange(entry.host);
  }

  #failed(entry: Entry, reason: unknown): void {
    const longest = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** entry.failures);
    entry.dueMs = this.#clock.monotonic() + longest * this.#random();
    const say = entry.failures++ === 0 ? this.#log.warn : this.#log.debug;
    say("Cannot resolve {host}: {reason}", { host: entry.host, reason, address: entry.address });
  }
}
