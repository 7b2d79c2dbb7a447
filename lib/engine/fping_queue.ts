import type { Log } from "../log.ts";
import type { PingResult } from "../result.ts";

/** More than a reader that is only slow ever leaves lying: 100 s of 10,000 targets a second. */
const MAX_WAITING = 1_000_000;

/** Results on their way from the processes to whoever iterates. Bounded: when it is full, the oldest go. */
export class ResultQueue {
  #waiting: PingResult[] = [];
  #closed = false;
  #dropped = 0;
  #notify: (() => void) | undefined;
  readonly #log: Log;
  readonly #max: number;

  constructor({ log, max = MAX_WAITING }: { readonly log: Log; readonly max?: number }) {
    this.#log = log;
    this.#max = max;
  }

  push(result: PingResult): void {
    if (this.#waiting.length >= this.#max) {
      const dropped = this.#waiting.splice(0, Math.ceil(this.#max / 10)).length;
      this.#dropped += dropped;
      this.#log.warn("{dropped} results were dropped, because nothing takes them", { dropped: this.#dropped });
    }
    this.#waiting.push(result);
    this.#notify?.();
  }

  close(): void {
    this.#closed = true;
    this.#notify?.();
  }

  /** All results, until `close`. */
  async *results(): AsyncGenerator<PingResult, void, void> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const result of batch) yield result;
      if (this.#waiting.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => this.#notify = resolve);
      this.#notify = undefined;
    }
  }
}
