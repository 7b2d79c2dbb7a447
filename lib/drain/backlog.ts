import type { Clock } from "../clock.ts";
import type { Entry, Outbox } from "../outbox.ts";

/** What to send next. */
export interface Pick {
  readonly entries: readonly Entry[];
  /** It is old: its sending is paced. */
  readonly backlog: boolean;
}

/** While a backlog drains, fresh results get a batch of their own this often. */
const FRESH_EVERY_MS = 250;

/**
 * Chooses between what waited through an outage and what is fresh, so that neither starves the other. Only for a
 * recorder that takes times: to one that stamps on arrival, overtaking would turn the order round.
 */
export class Backlog {
  /** Everything up to this seq is backlog. */
  #end: number | undefined;
  #freshAt = -Infinity;

  constructor(private readonly outbox: Outbox, private readonly clock: Clock) {}

  pick(max: number): Pick {
    if (this.#end === undefined && this.outbox.size > max) this.#end = this.outbox.lastSeq;
    const end = this.#end;
    if (end === undefined) return { entries: this.outbox.read(max), backlog: false };
    const now = this.clock.monotonic();
    if (now - this.#freshAt >= FRESH_EVERY_MS) {
      this.#freshAt = now;
      const fresh = this.outbox.read(max, { after: end });
      if (fresh.length > 0) return { entries: fresh, backlog: false };
    }
    const old = this.outbox.read(max).filter(({ seq }) => seq <= end);
    if (old.length > 0) return { entries: old, backlog: true };
    this.#end = undefined;
    return this.pick(max);
  }
}
