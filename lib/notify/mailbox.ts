import { createBackoff } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { ask, type Fetch } from "../http.ts";
import type { Log } from "../log.ts";
import { type Keep, retryAfterMs, type Verdict, verdictOf } from "../verdict.ts";
import type { Alert } from "./alert.ts";
import { type Destination, shownDestination } from "./destination.ts";
import { postOf } from "./payload.ts";

export interface MailboxOptions {
  /** What this box is called. */
  readonly client: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: Fetch;
  readonly random?: () => number;
  /** Most alerts that wait; the oldest go first. Default 1,000. */
  readonly maxAlerts?: number;
}

export interface MailCounts {
  readonly delivered: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly waiting: number;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 4096;

/**
 * The outbox of one destination: alerts wait in order until it has them. The same verdicts as for results, a loop of its
 * own: a receiver that is away holds up nothing but its own alerts.
 */
export class Mailbox {
  readonly finished: Promise<void>;
  readonly #queue: Alert[] = [];
  readonly #abort = new AbortController();
  readonly #finish = new AbortController();
  #bell = Promise.withResolvers<void>();
  #away: string | undefined;
  #delivered = 0;
  #rejected = 0;
  #dropped = 0;

  constructor(private readonly destination: Destination, private readonly options: MailboxOptions) {
    this.finished = this.#run();
  }

  get counts(): MailCounts {
    return {
      delivered: this.#delivered,
      rejected: this.#rejected,
      dropped: this.#dropped,
      waiting: this.#queue.length,
    };
  }

  push(alert: Alert): void {
    const { maxAlerts = 1000 } = this.options;
    this.#queue.push(alert);
    while (this.#queue.length > maxAlerts) {
      this.#queue.shift();
      this.#dropped++;
    }
    this.#bell.resolve();
  }

  /** Asks the loop to end once the queue is empty or the receiver turns out to be away. */
  finish(): void {
    this.#finish.abort();
    this.#bell.resolve();
  }

  /** Ends the loop at once. */
  abort(): void {
    this.#abort.abort();
    this.finish();
  }

  async #run(): Promise<void> {
    const { clock, random } = this.options;
    const backoff = createBackoff(random === undefined ? {} : { random });
    const over = this.#abort.signal;
    while (!over.aborted) {
      const [alert] = this.#queue;
      const last = this.#finish.signal.aborted;
      if (alert === undefined) {
        if (last) return;
        this.#bell = Promise.withResolvers();
        await this.#bell.promise;
        continue;
      }
      const verdict = await this.#deliver(alert);
      if (over.aborted) return;
      if (verdict.verdict !== "keep") {
        backoff.reset();
        this.#settle(alert, verdict);
        continue;
      }
      this.#sayAway(verdict);
      if (last) return;
      const stop = AbortSignal.any([over, this.#finish.signal]);
      await clock.sleep(Math.max(backoff.next(), verdict.retryAfterMs ?? 0), stop);
    }
  }

  async #deliver(alert: Alert): Promise<Verdict> {
    const { client, clock, fetch = globalThis.fetch } = this.options;
    const { kind, url } = this.destination;
    const { headers, body } = postOf(kind, alert, client);
    const init = { method: "POST", headers: { ...headers, "user-agent": "ping-client" }, body };
    const bounds = { fetch, clock, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, signal: this.#abort.signal };
    try {
      const answer = await ask(url, init, bounds);
      const wait = retryAfterMs(answer.headers.get("retry-after"), clock.now());
      return verdictOf(answer.status, wait === undefined ? {} : { retryAfterMs: wait });
    } catch (error) {
      return { verdict: "keep", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #settle(alert: Alert, verdict: Exclude<Verdict, Keep>): void {
    // It may have been dropped for a newer one while it was under way.
    if (this.#queue[0] === alert) this.#queue.shift();
    else this.#dropped--;
    const to = shownDestination(this.destination);
    if (verdict.verdict === "reject") {
      this.#rejected++;
      this.options.log.warn("{to} refuses an alert: {reason}", { to, reason: verdict.reason });
      return;
    }
    this.#delivered++;
    if (this.#away !== undefined) this.options.log.info("{to} takes alerts again", { to });
    this.#away = undefined;
  }

  #sayAway({ reason }: Keep): void {
    const known = this.#away === reason;
    this.#away = reason;
    const fields = { to: shownDestination(this.destination), reason, waiting: this.#queue.length };
    if (known) this.options.log.debug("{to} still takes no alerts: {reason}", fields);
    else this.options.log.warn("{to} takes no alerts: {reason}; they wait here ({waiting} now)", fields);
  }
}
