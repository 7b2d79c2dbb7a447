import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { type Courier, type Drain, startDrain } from "./drain.ts";
import type { Engine, Watch } from "./engine.ts";
import { type Ledger, openLedger, sayLedger, type Summary } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { latencyMs, type PingResult } from "./result.ts";
import { label, type Target } from "./target.ts";
import type { Verdict } from "./verdict.ts";

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
  /** Called with the watch when it begins: whoever has it may change the targets. */
  readonly onWatch?: (watch: Watch) => void;
  /** Called once before the first ping: what an observer of the run may look at, until the run ends. */
  readonly onStart?: (running: Running) => void;
  /** Called for each result as it is measured. */
  readonly onResult?: (result: PingResult) => void;
  /** Each delivered result has a line in the log. Default: with up to 20 targets. */
  readonly chatty?: boolean;
}

/** The parts of a running client. */
export interface Running {
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  /** Undefined: results go nowhere. */
  readonly drain: Drain | undefined;
}

/** Up to this many targets each result has a line of its own; with more, only what went wrong has. */
const CHATTY_TARGETS = 20;
const HOUR_MS = 3_600_000;

/** Runs one ping client until its rounds are done or it is told to stop. The outbox is closed at the end. */
export async function runClient(options: ClientOptions): Promise<Summary> {
  const { outbox, clock, drainMs = 5_000 } = options;
  const finish = new AbortController();
  const abort = new AbortController();
  const drain = beginDrain(options, finish.signal, abort.signal);
  const ledger = openLedger(outbox, drain);
  options.onStart?.({ ledger, outbox, drain });
  const hourly = sayHourly(ledger, options, abort.signal);
  try {
    await measure(ledger, drain, options);
    if (drain !== undefined) {
      finish.abort();
      await Promise.race([drain.finished, clock.sleep(drainMs, abort.signal)]);
    }
  } finally {
    abort.abort();
    await Promise.all([drain?.finished, hourly]);
  }
  const summary = ledger.summary();
  outbox.close();
  return summary;
}

async function measure(ledger: Ledger, drain: Drain | undefined, options: ClientOptions): Promise<void> {
  const { config, targets, engine, outbox, log, signal, onWatch, onResult } = options;
  const { intervalMs, timeoutMs, rounds } = config;
  const watch = engine.watch(targets, { intervalMs, timeoutMs, signal, ...(rounds === undefined ? {} : { rounds }) });
  onWatch?.(watch);
  for await (const result of watch) {
    ledger.count(result);
    if (result.outcome !== "reply") {
      log.warn("{outcome} {target} ({cause})", { outcome: result.outcome, target: label(result), cause: result.cause });
    }
    outbox.push(result);
    drain?.wake();
    onResult?.(result);
  }
}

function beginDrain(options: ClientOptions, finish: AbortSignal, signal: AbortSignal): Drain | undefined {
  const { config: { drainRate, late }, targets, outbox, courier, clock, log, random } = options;
  const { chatty = targets.length <= CHATTY_TARGETS } = options;
  if (courier === undefined) return undefined;
  const onSettled = (result: PingResult, { verdict }: Verdict) => {
    if (verdict === "accept") {
      log.info("sent {target} {latency} ms", { target: label(result), latency: latencyMs(result) });
    }
  };
  return startDrain(outbox, courier, {
    clock,
    log,
    signal,
    finish,
    drainRate,
    late,
    ...(chatty ? { onSettled } : {}),
    ...(random === undefined ? {} : { random }),
  });
}

async function sayHourly(ledger: Ledger, { clock, log }: ClientOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(HOUR_MS, signal);
    if (signal.aborted) return;
    sayLedger(log, "so far", ledger.summary());
  }
}
