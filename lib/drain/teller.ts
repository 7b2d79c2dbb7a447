import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** A new reason for the same outage is worth a line, but not more often than this. */
const SAY_AGAIN_MS = 60_000;
/** How many different refusals are said. */
const MAX_SAID_REJECTS = 20;

/** Says how delivery goes: each thing once, whatever a recorder does. */
export class Teller {
  /** What is wrong with the recorder, or undefined while it takes results. */
  away: string | undefined;
  #saidAt = 0;
  #late: { waiting: number; dropped: number } | undefined;
  readonly #saidRejects = new Set<string>();

  constructor(private readonly log: Log, private readonly clock: Clock) {}

  sayAway(reason: string, waiting: number): void {
    const now = this.clock.monotonic();
    const known = this.away !== undefined && (this.away === reason || now - this.#saidAt < SAY_AGAIN_MS);
    if (known) return this.log.debug("recorder still away: {reason}", { reason });
    this.log.warn("recorder away: {reason}; results wait here ({waiting} now)", { reason, waiting });
    this.#saidAt = now;
    this.away = reason;
  }

  sayBack(waiting: number): void {
    if (this.away === undefined) return;
    this.away = undefined;
    this.log.info("recorder back; {waiting} results wait to be sent", { waiting });
  }

  sayReject(reason: string): void {
    // Bounded: a recorder that words each refusal anew must fill neither the memory nor the log.
    if (this.#saidRejects.has(reason) || this.#saidRejects.size >= MAX_SAID_REJECTS) return;
    this.#saidRejects.add(reason);
    this.log.warn("recorder refuses a result: {reason}; such results are counted and not sent again", { reason });
  }

  /** Results go to a recorder that stamps them on arrival, later than they were measured. Said once for each backlog. */
  sayLate(what: "send" | "drop", waiting: number): void {
    if (this.#late === undefined) {
      this.#late = { waiting, dropped: 0 };
      const line = what === "send"
        ? "this recorder stamps results on arrival: {waiting} late ones carry late times there (see --late)"
        : "this recorder stamps results on arrival: late ones are dropped, as --late drop asks; {waiting} wait";
      this.log.warn(line, { waiting });
    }
    if (what === "drop") this.#late.dropped++;
  }

  /** The backlog is over. */
  sayOnTime(): void {
    if (this.#late !== undefined && this.#late.dropped > 0) {
      this.log.info("{dropped} late results were dropped", { dropped: this.#late.dropped });
    }
    this.#late = undefined;
  }
}
