import { createBackoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Entry, Outbox } from "./outbox.ts";
import type { PingResult } from "./result.ts";
import type { Keep, Verdict } from "./verdict.ts";

/** Carries results to one recorder. Its methods never throw: whatever goes wrong is a verdict. */
export interface Courier {
  /** Learns what the recorder is and whom it knows, and registers who is missing. Asked again after every `keep`. */
  connect(signal: AbortSignal): Promise<Verdict>;
  /** Most results in one `deliver`; 1 for a plain recorder. Known after `connect`. */
  readonly maxBatch: number;
  /** One verdict for each result, in order. */
  deliver(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]>;
}

export interface DrainOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the loop at once. */
  readonly signal: AbortSignal;
  /** Asks the loop to end once the outbox is empty or the recorder turns out to be away. */
  readonly finish: AbortSignal;
  /** A number from 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
  /** How many posts to a plain recorder are under way at once. Default 4. */
  readonly lanes?: number;
  /** How long results gather before a batch is sent, in ms. Default 250. */
  readonly lingerMs?: number;
  /** Called for each result that left the outbox. */
  readonly onSettled?: (result: PingResult, verdict: Verdict) => void;
}

/** What became of the results so far. */
export interface DrainCounts {
  readonly delivered: number;
  readonly rejected: number;
  /** Delivered or refused although the outbox had dropped them while they were under way: not lost after all. */
  readonly rescued: number;
}

/** A running drain loop. */
export interface Drain {
  readonly counts: DrainCounts;
  /** What is wrong with the recorder, or undefined while it takes results. */
  readonly away: string | undefined;
  /** Tells the loop that the outbox has something. */
  wake(): void;
  readonly finished: Promise<void>;
}

/** How many entries of the outbox are looked at together for a plain recorder. */
const WINDOW = 256;
/** A new reason for the same outage is worth a line, but not more often than this. */
const SAY_AGAIN_MS = 60_000;
/** How many different refusals are said. */
const MAX_SAID_REJECTS = 20;

/** Carries everything in `outbox` through `courier`, for ever: batches, order per target, backoff, verdicts. */
export function startDrain(outbox: Outbox, courier: Courier, options: DrainOptions): Drain {
  const loop = new DrainLoop(outbox, courier, options);
  return loop;
}

class DrainLoop implements Drain {
  readonly counts = { delivered: 0, rejected: 0, rescued: 0 };
  readonly finished: Promise<void>;
  away: string | undefined;
  #saidAt = 0;
  #connected = false;
  #bell = new AbortController();
  readonly #saidRejects = new Set<string>();
  readonly #stop: AbortSignal;

  constructor(readonly outbox: Outbox, readonly courier: Courier, readonly options: DrainOptions) {
    this.#stop = AbortSignal.any([options.signal, options.finish]);
    this.#stop.addEventListener("abort", () => this.wake(), { once: true });
    this.finished = this.#run();
  }

  wake(): void {
    this.#bell.abort();
  }

  async #run(): Promise<void> {
    const { clock, signal, finish, random } = this.options;
    const backoff = createBackoff(random === undefined ? {} : { random });
    while (!signal.aborted) {
      const last = finish.aborted;
      if (last && this.outbox.size === 0) return;
      const keep = await this.#turn();
      if (signal.aborted) return;
      if (keep === undefined) {
        backoff.reset();
        continue;
      }
      this.#connected = false;
      this.#sayAway(keep.reason);
      // Asked to finish: the recorder gets one try that began after that, and no more.
      if (last) return;
      await clock.sleep(Math.max(backoff.next(), keep.retryAfterMs ?? 0), this.#stop);
    }
  }

  /** One step: connect, or send what is there, or wait for something to send. */
  async #turn(): Promise<Keep | undefined> {
    const { signal } = this.options;
    if (!this.#connected) {
      const verdict = await this.courier.connect(signal);
      if (verdict.verdict === "keep") return verdict;
      this.#connected = true;
    }
    if (this.outbox.size === 0) {
      this.#sayBack();
      await this.#somethingToSend();
      return undefined;
    }
    const keep = this.courier.maxBatch > 1 ? await this.#sendBatch() : await this.#sendLanes();
    if (keep === undefined) this.#sayBack();
    return keep;
  }

  async #somethingToSend(): Promise<void> {
    const { clock, lingerMs = 250 } = this.options;
    if (this.#bell.signal.aborted) this.#bell = new AbortController();
    const bell = this.#bell.signal;
    if (this.outbox.size === 0 && !this.#stop.aborted) {
      await new Promise<void>((resolve) => bell.addEventListener("abort", () => resolve(), { once: true }));
    }
    if (this.courier.maxBatch > 1) await clock.sleep(lingerMs, this.#stop);
  }

  async #sendBatch(): Promise<Keep | undefined> {
    const entries = this.outbox.read(this.courier.maxBatch);
    return await this.#send(entries);
  }

  /** A few posts at once, but those of one target one after the other: a plain recorder stamps them on arrival. */
  async #sendLanes(): Promise<Keep | undefined> {
    const { lanes = 4, signal } = this.options;
    const queues = groupByHost(this.outbox.read(WINDOW));
    let keep: Keep | undefined;
    const lane = async () => {
      for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
        for (const entry of queue) {
          if (keep !== undefined || signal.aborted) return;
          const kept = await this.#send([entry]);
          keep ??= kept;
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return keep;
  }

  async #send(entries: readonly Entry[]): Promise<Keep | undefined> {
    const verdicts = await this.courier.deliver(entries.map((e) => e.result), this.options.signal);
    let keep: Keep | undefined;
    for (const [index, { seq, result }] of entries.entries()) {
      const verdict = verdicts[index] ?? { verdict: "keep", reason: "it left out a result" };
      if (verdict.verdict === "keep") {
        keep ??= verdict;
        continue;
      }
      this.#settle(seq, result, verdict);
    }
    return keep;
  }

  #settle(seq: number, result: PingResult, verdict: Exclude<Verdict, Keep>): void {
    if (!this.outbox.remove(seq)) this.counts.rescued++;
    if (verdict.verdict === "accept") this.counts.delivered++;
    else {
      this.counts.rejected++;
      this.#sayReject(verdict.reason);
    }
    this.options.onSettled?.(result, verdict);
  }

  #sayAway(reason: string): void {
    const { log, clock } = this.options;
    const now = clock.monotonic();
    const known = this.away !== undefined && (this.away === reason || now - this.#saidAt < SAY_AGAIN_MS);
    if (!known) {
      log.warn("recorder away: {reason}; results wait here ({waiting} now)", { reason, waiting: this.outbox.size });
      this.#saidAt = now;
    } else log.debug("recorder still away: {reason}", { reason });
    if (!known || this.away === undefined) this.away = reason;
  }

  #sayBack(): void {
    if (this.away === undefined) return;
    this.away = undefined;
    this.options.log.info("recorder back; {waiting} results wait to be sent", { waiting: this.outbox.size });
  }

  #sayReject(reason: string): void {
    // Bounded: a recorder that words each refusal anew must fill neither the memory nor the log.
    if (this.#saidRejects.has(reason) || this.#saidRejects.size >= MAX_SAID_REJECTS) return;
    this.#saidRejects.add(reason);
    this.options.log.warn("recorder refuses a result: {reason}; such results are counted and not sent again", {
      reason,
    });
  }
}

function groupByHost(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.result.host);
    if (group === undefined) groups.set(entry.result.host, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}
