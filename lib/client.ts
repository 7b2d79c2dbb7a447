import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { type Courier, type Drain, startDrain } from "./drain.ts";
import type { Engine } from "./engine.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { latencyMs, type PingResult } from "./result.ts";
import { label, type Target } from "./target.ts";

export interface ClientOptions {
  readonly config: Config;
  readonly targets: readonly Target[];
  readonly engine: Engine;
  readonly outbox: Outbox;
  /** Undefined: results are measured and shown, and go nowhere. */
  readonly courier?: Courier;
  readonly clock: Clock;
  readonly log: Log;
  /** Stops pinging; what waits is then sent for at most `drainMs`. */
  readonly signal: AbortSignal;
  /** Default 5,000 ms. */
  readonly drainMs?: number;
  readonly random?: () => number;
  /** Called for each result as it is measured. */
  readonly onResult?: (result: PingResult) => void;
}

/** What a run did. Always: measured = delivered + waiting + rejected + dropped. */
export interface Summary {
  readonly measured: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly rejected: number;
  readonly dropped: number;
  /** Among the measured: not answered. */
  readonly lost: number;
  /** Among the measured: not measured after all. */
  readonly failed: number;
}

/** Up to this many targets each result has a line of its own; with more, only what went wrong has. */
const CHATTY_TARGETS = 20;

/** Runs one ping client until its rounds are done or it is told to stop. */
export async function runClient(options: ClientOptions): Promise<Summary> {
  const { config, targets, engine, outbox, courier, clock, log, signal, drainMs = 5_000, onResult } = options;
  const count = { measured: outbox.size, lost: 0, failed: 0 };
  const finish = new AbortController();
  const abort = new AbortController();
  const chatty = targets.length <= CHATTY_TARGETS;
  const drain = courier === undefined ? undefined : startDrain(outbox, courier, {
    clock,
    log,
    signal: abort.signal,
    finish: finish.signal,
    ...(options.random === undefined ? {} : { random: options.random }),
    onSettled: (result, { verdict }) => {
      if (verdict !== "accept") return;
      const line = "sent {target} {latency} ms";
      const fields = { target: label(result), latency: latencyMs(result) };
      if (chatty) log.info(line, fields);
      else log.debug(line, fields);
    },
  });
  const { intervalMs, timeoutMs, rounds } = config;
  const watch = engine.watch(targets, { intervalMs, timeoutMs, signal, ...(rounds === undefined ? {} : { rounds }) });
  for await (const result of watch) {
    count.measured++;
    if (result.outcome !== "reply") {
      count[result.outcome]++;
      log.warn("{outcome} {target} ({cause})", { outcome: result.outcome, target: label(result), cause: result.cause });
    }
    outbox.push(result);
    drain?.wake();
    onResult?.(result);
  }
  if (drain !== undefined) {
    finish.abort();
    await Promise.race([drain.finished, clock.sleep(drainMs, abort.signal)]);
    abort.abort();
    await drain.finished;
  }
  const summary = summaryOf(count, outbox, drain);
  outbox.close();
  return summary;
}

/** The last line of a run. */
export function sayEnd(log: Log, { measured, delivered, waiting, rejected, dropped, lost, failed }: Summary): void {
  log.info(
    "stopped: {measured} measured ({lost} lost, {failed} failed), {delivered} delivered, {waiting} waiting, {rejected} rejected, {dropped} dropped",
    { measured, lost, failed, delivered, waiting, rejected, dropped },
  );
}

function summaryOf(count: Pick<Summary, "measured" | "lost" | "failed">, outbox: Outbox, drain?: Drain): Summary {
  const { delivered, rejected, rescued } = drain?.counts ?? { delivered: 0, rejected: 0, rescued: 0 };
  return { ...count, delivered, rejected, waiting: outbox.size, dropped: outbox.dropped - rescued };
}
