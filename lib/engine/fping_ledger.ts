import type { FailedCause, Outcome, PingResult } from "../result.ts";
import type { Target } from "../target.ts";

/** What became of one round. */
interface Settled {
  readonly outcome: Outcome;
  readonly at: number;
}

/**
 * The account of one target: each round is settled once, and results leave in the order of the rounds. A round may be
 * settled before an earlier one (with a timeout above the interval, the answer to the next ping may come before the end
 * of the wait for this one); then it waits for it.
 */
export class Account {
  target: Target;
  /** The next round that is not settled yet; rounds are numbered on the grid of the target's group. */
  next: number;
  /** Why a round failed that no process was in charge of. */
  gapCause: FailedCause = "unresolved";
  /** When an ICMP error last came back for it: monotonic ms. */
  icmpErrorMs = -Infinity;
  /** The last round that another address answered. */
  foreignRound = -1;
  /** Pings in a row without an answer. */
  lostInARow = 0;
  /** Results given so far. */
  results = 0;
  /** No longer a target: nothing counts any more. */
  closed = false;
  #waiting: Map<number, Settled> | undefined;
  #lastAt = -Infinity;
  readonly #emit: (result: PingResult) => void;
  readonly #limit: number;
  readonly #onClosed: () => void;

  /** @param limit closes the account after this many results */
  constructor(target: Target, next: number, { emit, limit = Infinity, onClosed = () => {} }: {
    readonly emit: (result: PingResult) => void;
    readonly limit?: number | undefined;
    readonly onClosed?: () => void;
  }) {
    this.target = target;
    this.next = next;
    this.#emit = emit;
    this.#limit = limit;
    this.#onClosed = onClosed;
  }

  /** It has given all the results that were asked for. */
  get complete(): boolean {
    return this.results >= this.#limit;
  }

  /** Settles `round`, unless it is settled already. `at`: when the ping was sent, epoch ms. */
  settle(round: number, outcome: Outcome, at: number): void {
    if (this.closed || round < this.next || this.#waiting?.has(round)) return;
    if (round > this.next) {
      this.#waiting ??= new Map();
      this.#waiting.set(round, { outcome, at });
      return;
    }
    this.#give(outcome, at);
    this.next++;
    this.#giveWaiting();
  }

  /** Leaves all rounds before `round` behind without a result; those that were settled already are given. */
  skipTo(round: number): void {
    for (const [settled, { outcome, at }] of [...this.#waiting ?? []].sort(([a], [b]) => a - b)) {
      if (settled >= round) break;
      this.#waiting?.delete(settled);
      this.#give(outcome, at);
    }
    this.next = Math.max(this.next, round);
    this.#giveWaiting();
  }

  /** One result that belongs to no round, as after a suspend. */
  giveExtra(outcome: Outcome, at: number): void {
    this.#give(outcome, at);
  }

  #giveWaiting(): void {
    if (this.#waiting === undefined) return;
    for (let found = this.#waiting.get(this.next); found !== undefined; found = this.#waiting.get(this.next)) {
      this.#waiting.delete(this.next);
      this.#give(found.outcome, found.at);
      this.next++;
    }
    if (this.#waiting.size === 0) this.#waiting = undefined;
  }

  #give(outcome: Outcome, at: number): void {
    if (this.closed) return;
    // Unique and increasing, because (client, host, at) names a result; the wall clock may have been set back.
    const sentAt = Math.max(Math.round(at), this.#lastAt + 1);
    this.#lastAt = sentAt;
    this.results++;
    if (outcome.outcome !== "failed") this.lostInARow = outcome.outcome === "lost" ? this.lostInARow + 1 : 0;
    const { host, name } = this.target;
    this.#emit({ host, ...(name === undefined ? {} : { name }), at: sentAt, ...outcome });
    if (!this.complete) return;
    this.closed = true;
    this.#onClosed();
  }
}
