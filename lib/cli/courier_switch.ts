import type { Courier } from "../drain.ts";
import type { PingResult } from "../result.ts";
import type { Verdict } from "../verdict.ts";

/**
 * A courier whose place another one can take while results are under way. What is being delivered then is finished; what
 * comes next waits until the new one has connected, and so registered every target.
 */
export class CourierSwitch implements Courier {
  #current: Courier;
  /** Must connect before the next delivery. */
  #next: Courier | undefined;
  #connecting: Promise<Verdict> | undefined;

  constructor(courier: Courier) {
    this.#current = courier;
  }

  get maxBatch(): number {
    return this.#current.maxBatch;
  }

  get stampsOnArrival(): boolean {
    return this.#current.stampsOnArrival;
  }

  /** Lets `courier` carry everything from now on. */
  replace(courier: Courier): void {
    this.#next = courier;
  }

  /** Connects once more before the next delivery: there are new targets to register. */
  refresh(): void {
    this.#next ??= this.#current;
  }

  async connect(signal: AbortSignal): Promise<Verdict> {
    const wanted = this.#next ?? this.#current;
    this.#next = wanted;
    const verdict = await wanted.connect(signal);
    if (verdict.verdict === "keep" || this.#next !== wanted) return verdict;
    this.#current = wanted;
    this.#next = undefined;
    return verdict;
  }

  async deliver(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]> {
    while (this.#next !== undefined) {
      // Several lanes may come here at once: one of them connects for all.
      this.#connecting ??= this.connect(signal).finally(() => this.#connecting = undefined);
      const verdict = await this.#connecting;
      if (verdict.verdict === "keep") return results.map(() => verdict);
    }
    return await this.#current.deliver(results, signal);
  }
}
