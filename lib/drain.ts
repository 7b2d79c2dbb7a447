import { createBackoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { Backlog } from "./drain/backlog.ts";
import { Teller } from "./drain/teller.ts";
import type { Log } from "./log.ts";
import type { Entry, Outbox } from "./outbox.ts";
import type { PingResult } from "./result.ts";
import type { Keep, Verdict } from "./verdict.ts";

/** Carries results to one recorder. Its methods never throw: whatever goes wrong is a verdict. */
export interface Courier {
  /** Learns what the recorder is and whom it knows, and registers who is missing. Asked again after every `keep`. */
  connect(signal: AbortSignal): Promise<Verdict>;
  /** Most results in one `deliver`. Known after `connect`. */
  readonly maxBatch: number;
  /** The recorder knows no times: it stamps a result when it arrives. Known after `connect`. */
  readonly stampsOnArrival: boolean;
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
  /** Most results of a backlog a second; 0 is no bound. Default 5,000. */
  readonly drainRate?: number;
  /** What becomes of late results where the recorder stamps on arrival. Default `send`. */
  readonly late?: "send" | "drop";
  /** Called for each result that left the outbox. */
  readonly onSettled?: (result: PingResult, verdict: Verdict) => void;
}

/** What became of the results so far. */
export interface DrainCounts {
  readonly delivered: number;
  readonly rejected: number;
  /** Late results that were dropped because the user asked for it. */
  readonly droppedLate: number;
  /** Settled although the outbox had dropped them while they were under way: not dropped after all. */
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
/** A result that is older than this when it is sent is late. */
const LATE_MS = 10_000;

/** Carries everything in `outbox` through `courier`, for ever: batches, order per target, backoff, verdicts. */
export function startDrain(outbox: Outbox, courier: Courier, options: DrainOptions): Drain {
  return new DrainLoop(outbox, courier, options);
}

class DrainLoop implements Drain {
  readonly counts = { delivered: 0, rejected: 0, droppedLate: 0, rescued: 0 };
  readonly finished: Promise<void>;
  readonly #teller: Teller;
  readonly #backlog: Backlog;
  readonly #stop: AbortSignal;
  #connected = false;
  #bell = new AbortController();

  constructor(readonly outbox: Outbox, readonly courier: Courier, readonly options: DrainOptions) {
    this.#teller = new Teller(options.log, options.clock);
    this.#backlog = new Backlog(outbox, options.clock);
    this.#stop = AbortSignal.any([options.signal, options.finish]);
    this.#stop.addEventListener("abort", () => this.wake(), { once: true });
    this.finished = this.#run();
  }

  get away(): string | undefined {
    return this.#teller.away;
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
      this.#teller.sayAway(keep.reason, this.outbox.size);
      // Asked to finish: the recorder gets one try that began after that, and no more.
      if (last) return;
      await clock.sleep(Math.max(backoff.next(), keep.retryAfterMs ?? 0), this.#stop);
    }
  }

  /** One step: connect, or send what is there, or wait for something to send. */
  async #turn(): Promise<Keep | undefined> {
    if (!this.#connected) {
      const verdict = await this.courier.connect(this.options.signal);
      if (verdict.verdict === "keep") return verdict;
      this.#connected = true;
    }
    if (this.outbox.size === 0) {
      this.#teller.sayBack(0);
      await this.#somethingToSend();
      return undefined;
    }
    const before = this.outbox.size;
    const keep = this.courier.stampsOnArrival ? await this.#sendLanes() : await this.#sendBatch();
    if (keep === undefined) this.#teller.sayBack(before);
    return keep;
  }

  async #somethingToSend(): Promise<void> {
    const { clock, lingerMs = 250 } = this.options;
    if (this.#bell.signal.aborted) this.#bell = new AbortController();
    const bell = this.#bell.signal;
    if (this.outbox.size === 0 && !this.#stop.aborted) {
      await new Promise<void>((resolve) => bell.addEventListener("abort", () => resolve(), { once: true }));
    }
    if (!this.courier.stampsOnArrival) await clock.sleep(lingerMs, this.#stop);
  }

  async #sendBatch(): Promise<Keep | undefined> {
    const { entries, backlog } = this.#backlog.pick(this.courier.maxBatch);
    const began = this.options.clock.monotonic();
    const keep = await this.#send(entries);
    if (keep === undefined && backlog) await this.#pace(entries.length, began);
    return keep;
  }

  /** A few posts at once, but those of one target one after the other: a plain recorder stamps them on arrival. */
  async #sendLanes(): Promise<Keep | undefined> {
    const { lanes = 4, signal, clock } = this.options;
    const began = clock.monotonic();
    const entries = this.outbox.read(WINDOW);
    const queues = groupByHost(this.#sortOutLate(entries));
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
    if (keep === undefined && entries.length === WINDOW) await this.#pace(entries.length, began);
    return keep;
  }

  /** Says that there are late ones among `entries`, and leaves them out where the user asked for that. */
  #sortOutLate(entries: readonly Entry[]): readonly Entry[] {
    const { clock, late = "send" } = this.options;
    const border = clock.now() - LATE_MS;
    const isLate = ({ result }: Entry) => result.at < border;
    const waiting = this.outbox.size;
    const lateOnes = entries.filter(isLate);
    if (lateOnes.length === 0) this.#teller.sayOnTime();
    for (const { seq } of lateOnes) {
      this.#teller.sayLate(late, waiting);
      if (late === "drop" && this.outbox.remove(seq)) this.counts.droppedLate++;
    }
    return late === "drop" ? entries.filter((entry) => !isLate(entry)) : entries;
  }

  /** Waits as long as `count` results of a backlog may take at the rate that the user allows. */
  async #pace(count: number, began: number): Promise<void> {
    const { clock, drainRate = 5_000 } = this.options;
    if (drainRate > 0) await clock.sleep(count / drainRate * 1000 - (clock.monotonic() - began), this.#stop);
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
      this.#teller.sayReject(verdict.reason);
    }
    this.options.onSettled?.(result, verdict);
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
