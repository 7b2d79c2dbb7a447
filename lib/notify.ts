import type { Clock } from "./clock.ts";
import type { Fetch } from "./http.ts";
import type { Log } from "./log.ts";
import type { Alert } from "./notify/alert.ts";
import { Damper } from "./notify/damper.ts";
import type { Destination } from "./notify/destination.ts";
import { Health, type HealthOptions } from "./notify/health.ts";
import { Mailbox, type MailCounts } from "./notify/mailbox.ts";
import type { PingResult } from "./result.ts";

export interface NotifierOptions extends HealthOptions {
  readonly destinations: readonly Destination[];
  /** What this box is called. */
  readonly client: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: Fetch;
  readonly random?: () => number;
}

/** Turns results into alerts and carries them to every destination. Pinging never waits for it. */
export interface Notifier {
  add(result: PingResult): void;
  /** Forgets all targets but these, after a reload: one that comes back later starts afresh. */
  keep(hosts: Iterable<string>): void;
  /** One for each destination, in order. */
  readonly counts: readonly MailCounts[];
  /** Sends what waits for at most `drainMs` (default 5,000), then ends; says how many alerts were left. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Starts a notifier. It posts to the given addresses and nowhere else: redirects are not followed. */
export function startNotifier(options: NotifierOptions): Notifier {
  const { destinations, clock, log } = options;
  const boxes = destinations.map((destination) => new Mailbox(destination, options));
  const watcher = new AlertWatcher(options);
  return {
    get counts() {
      return boxes.map((box) => box.counts);
    },
    add(result) {
      const alert = watcher.add(result, clock.monotonic());
      if (alert !== undefined) { for (const box of boxes) box.push(alert); }
    },
    keep: (hosts) => watcher.keep(hosts),
    async close({ drainMs = 5_000 } = {}) {
      const ended = new AbortController();
      const all = Promise.all(boxes.map((box) => box.finished));
      for (const box of boxes) box.finish();
      await Promise.race([all, clock.sleep(drainMs, ended.signal)]);
      ended.abort();
      for (const box of boxes) box.abort();
      await all;
      const left = boxes.reduce((sum, { counts }) => sum + counts.waiting, 0);
      if (left > 0) log.warn("alerts that were not delivered: {left}", { left });
    },
  };
}

/** The alerts among the results of any number of targets: pure, but for what it remembers. */
export class AlertWatcher {
  readonly #targets = new Map<string, { readonly health: Health; readonly damper: Damper }>();

  constructor(private readonly options: HealthOptions = {}) {}

  /** @param now milliseconds of a clock that never steps */
  add(result: PingResult, now: number): Alert | undefined {
    const { health, damper } = this.#of(result.host);
    const told = damper.take(health.add(result), now);
    if (told === undefined) return undefined;
    const { host, name, at } = result;
    return { ...told, host, ...(name === undefined ? {} : { name }), at };
  }

  /** Forgets all targets but these. */
  keep(hosts: Iterable<string>): void {
    const wanted = new Set(hosts);
    for (const host of this.#targets.keys()) if (!wanted.has(host)) this.#targets.delete(host);
  }

  #of(host: string): { readonly health: Health; readonly damper: Damper } {
    const known = this.#targets.get(host);
    if (known !== undefined) return known;
    const fresh = { health: new Health(this.options), damper: new Damper() };
    this.#targets.set(host, fresh);
    return fresh;
  }
}
