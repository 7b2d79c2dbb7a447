import type { Log } from "../log.ts";
import type { PingResult } from "../result.ts";

/** More than a reader that is only slow ever leaves lying: 100 s of 10,000 targets a second. */
const MAX_WAITING = 1_000_000;

/** Results on their way from the processes to whoever iterates. Bounded: when it is full, the oldest go. */
export class ResultQueue {
  #waiting: PingResult[] = [];
  /** How many of them the reader has. */
  #taken = 0;
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
    if (this.#waiting.length - this.#taken >= this.#max) {
      const oldest = Math.ceil(this.#max / 10);
      this.#waiting = this.#waiting.slice(this.#taken + oldest);
      this.#taken = 0;
      this.#dropped += oldest;
      this.#log.warn("{dropped} results were dropped, because nothing takes them", { dropped: this.#dropped });
    }
    this.#waiting.push(result);
    this.#notify?.();
  }

  /** Ends `results` once those that wait are taken. */
  close(): void {
    this.#closed = true;
    this.#notify?.();
  }

  /** Takes back the results that wait and do not fit any more. */
  keepOnly(fits: (result: PingResult) => boolean): void {
    this.#waiting = this.#waiting.slice(this.#taken).filter(fits);
    this.#taken = 0;
  }

  /** All results, until `close`. */
  async *results(): AsyncGenerator<PingResult, void, void> {
    for (;;) {
      for (let next = this.#waiting[this.#taken]; next !== undefined; next = this.#waiting[this.#taken]) {
        this.#taken++;
        yield next;
      }
      this.#waiting = [];
      this.#taken = 0;
      if (this.#closed) return;
      await new Promise<void>((resolve) => this.#notify = resolve);
      this.#notify = undefined;
    }
  }
}
