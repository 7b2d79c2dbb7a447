import type { Clock } from "./clock.ts";
import type { Courier } from "./drain.ts";
import type { Log } from "./log.ts";
import type { PingResult } from "./result.ts";
import type { Keep, Verdict } from "./verdict.ts";

export interface FailoverOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long a recorder that was away is left alone while another takes results, ms. Default 30,000. */
  readonly retryMs?: number;
}

/** A recorder among several. */
export interface NamedCourier {
  /** For the log: its address. */
  readonly name: string;
  readonly courier: Courier;
}

/** How long a recorder that was away is left alone while another takes results, ms. */
const RETRY_MS = 30_000;

/**
 * One courier over several recorders of one history, the most wanted first: the next is used when one is away, and the
 * first again once it is back. A result that one recorder took and whose answer was lost goes to the next as well:
 * recorders of one history know it as a duplicate.
 */
export function createFailover(couriers: readonly NamedCourier[], options: FailoverOptions): Courier {
  return new Failover(couriers, options);
}

class Failover implements Courier {
  readonly #all: readonly NamedCourier[];
  readonly #options: FailoverOptions;
  /** Which one takes results. */
  #index = 0;
  /** When the ones before it may be asked again, by the monotonic clock. */
  #retryAt = Infinity;
  #said = 0;

  constructor(all: readonly NamedCourier[], options: FailoverOptions) {
    if (all.length === 0) throw new RangeError("Cannot deliver: 'couriers' must be at least one: it is none");
    this.#all = all;
    this.#options = options;
  }

  get maxBatch(): number {
    return this.#current.courier.maxBatch;
  }

  get stampsOnArrival(): boolean {
    return this.#current.courier.stampsOnArrival;
  }

  /** Connects to the first recorder that is there. @returns the `keep` of the first where none is */
  async connect(signal: AbortSignal): Promise<Verdict> {
    let keep: Keep | undefined;
    for (const [index, { courier }] of this.#all.entries()) {
      const verdict = await courier.connect(signal);
      if (verdict.verdict !== "keep") {
        this.#use(index);
        return verdict;
      }
      keep = soonest(keep, verdict);
      if (signal.aborted) break;
    }
    return keep as Keep;
  }

  async deliver(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]> {
    await this.#goBack(signal);
    const used = this.#index;
    const verdicts = await this.#current.courier.deliver(results, signal);
    const keep = verdicts.find((verdict) => verdict.verdict === "keep");
    // Other recorders are asked at once: who waits first keeps results away from those that could take them.
    if (keep === undefined || this.#all.length === 1 || signal.aborted) return verdicts;
    // Unless another delivery, at the same time, has gone on already.
    if (this.#index === used && !await this.#goOn(signal)) return verdicts;
    const left = results.filter((_, index) => verdicts[index]?.verdict === "keep" || verdicts[index] === undefined);
    // A plain recorder takes them one by one; the drain sends what is left by the rules of the one that is used now.
    if (left.length > this.maxBatch) return verdicts.map((verdict) => soon(verdict));
    const again = [...await this.#current.courier.deliver(left, signal)];
    return results.map((_, index) => {
      const verdict = verdicts[index];
      return verdict === undefined || verdict.verdict === "keep" ? again.shift() ?? verdict ?? keep : verdict;
    });
  }

  get #current(): NamedCourier {
    return this.#all[this.#index] as NamedCourier;
  }

  /** Looks now and then whether a more wanted recorder is back. */
  async #goBack(signal: AbortSignal): Promise<void> {
    const { clock, retryMs = RETRY_MS } = this.#options;
    if (this.#index === 0 || clock.monotonic() < this.#retryAt) return;
    for (let index = 0; index < this.#index; index++) {
      const { verdict } = await (this.#all[index] as NamedCourier).courier.connect(signal);
      if (verdict !== "keep") return this.#use(index);
    }
    this.#retryAt = clock.monotonic() + retryMs;
  }

  /** Goes on to another recorder that is there. */
  async #goOn(signal: AbortSignal): Promise<boolean> {
    for (let step = 1; step < this.#all.length; step++) {
      const index = (this.#index + step) % this.#all.length;
      const { verdict } = await (this.#all[index] as NamedCourier).courier.connect(signal);
      if (verdict === "keep") continue;
      this.#use(index);
      return true;
    }
    return false;
  }

  #use(index: number): void {
    const { clock, log, retryMs = RETRY_MS } = this.#options;
    this.#index = index;
    this.#retryAt = index === 0 ? Infinity : clock.monotonic() + retryMs;
    if (index === this.#said) return;
    this.#said = index;
    const { name } = this.#current;
    if (index === 0) log.info("results go to recorder {name} again", { name });
    else log.warn("a recorder is away: results go to {name} until it is back", { name });
  }
}

/** Where none is there, the one that asks to be left alone for the shortest time says how long. */
function soonest(first: Keep | undefined, second: Keep): Keep {
  if (first === undefined) return second;
  const waits = [first, second].map(({ retryAfterMs = 0 }) => retryAfterMs);
  return { ...first, retryAfterMs: Math.min(...waits) };
}

function soon(verdict: Verdict): Verdict {
  return verdict.verdict === "keep" ? { verdict: "keep", reason: verdict.reason } : verdict;
}
