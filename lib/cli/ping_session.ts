import about from "../../deno.json" with { type: "json" };
import { runClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import type { Config, Settings } from "../config.ts";
import { withSpans } from "../delivery_spans.ts";
import type { Courier } from "../drain.ts";
import { chooseEngine } from "../engine.ts";
import { sayLedger } from "../ledger.ts";
import type { Log } from "../log.ts";
import { ClientMetrics } from "../metrics.ts";
import { hasTelemetry } from "../metrics/telemetry.ts";
import { type Notifier, startNotifier } from "../notify.ts";
import { createRecorderApi } from "../recorder_api.ts";
import type { PingResult } from "../result.ts";
import { startSystemd } from "../systemd.ts";
import type { Target } from "../target.ts";
import { CourierSwitch } from "./courier_switch.ts";
import type { Display } from "./display.ts";
import { hostRecorder } from "./embedded.ts";
import { type CliIo, EXIT } from "./io.ts";
import { type MetricsServer, serveMetrics } from "./metrics_server.ts";
import { onceJson, onceTable } from "./once_table.ts";
import { openOutbox } from "./open_outbox.ts";
import { type Plan, type PlanReader, targetsOf } from "./plan.ts";
import { readToken, type Token } from "./read_token.ts";
import { createReload } from "./reload.ts";

export interface PingSession {
  readonly plan: Plan;
  /** Reads the plan again when it is asked to. */
  readonly reader: PlanReader;
  readonly how: {
    readonly once: boolean;
    readonly json: boolean;
    readonly live: boolean;
    readonly systemd: boolean;
    readonly watchFiles: boolean;
  };
  readonly log: Log;
  readonly display: Display;
}

/** Puts the parts of a client together, runs it to its end, and takes them apart. */
export async function pingSession(session: PingSession, io: CliIo): Promise<number> {
  const { plan, reader, how, log, display } = session;
  const { settings, config, named } = plan;
  const targets = targetsOf(plan);
  const token = await readToken(config.tokenFile, io);
  const metrics = metricsOf(config, targets);
  const engine = await chooseEngine({
    engine: config.engine,
    count: targets.length,
    concurrency: config.concurrency,
    log,
    ...(metrics === undefined ? {} : { events: metrics }),
  });
  if (named.length === 0) {
    log.info("no target given: pinging 127.0.0.1; name others like this: ping-client router=192.0.2.1 example.org");
  }

  const outbox = await openOutbox(config, { clock: systemClock, log });
  const embedded = config.recorderGiven || how.once ? undefined : await hostRecorder({ clock: systemClock, log });
  const results: PingResult[] = [];
  const notifier = notifierFor(settings, log);
  let shown: MetricsServer | undefined;
  let systemd: { close(): Promise<void> } | undefined;
  try {
    if (metrics !== undefined && config.metrics !== undefined) shown = serveMetrics(config.metrics, metrics, { log });
    const courier = how.once && !config.recorderGiven
      ? undefined
      : new CourierSwitch(courierTo(config, () => reload.targets, token, log));
    const reload = createReload({
      reader,
      plan,
      log,
      io,
      watchFiles: how.watchFiles,
      ...(courier === undefined ? {} : { courier }),
      courierTo: async (wanted) =>
        courierTo(wanted, () => reload.targets, await readToken(wanted.tokenFile, reader.io), log),
      onTargets(wanted) {
        metrics?.update(wanted);
        display.update(wanted);
      },
    });
    if (how.systemd) systemd = startSystemd({ clock: systemClock, log });
    display.open(targets, outbox);
    const summary = await runClient({
      config,
      targets,
      engine,
      outbox,
      clock: systemClock,
      log,
      signal: display.stop,
      ...(courier === undefined ? {} : { courier }),
      ...(how.live ? { chatty: false } : {}),
      onStart(running) {
        metrics?.attach(running);
        if (running.drain !== undefined) display.follow(running.drain, outbox);
      },
      ...(how.once ? {} : { onWatch: reload.begin }),
      onResult(result) {
        metrics?.count(result);
        display.add(result);
        notifier?.add(result);
        if (how.once) results.push(result);
      },
    }).finally(reload.end);
    await display.close();
    if (how.once) return sayOnce(results, targets, { io, json: how.json });
    sayLedger(log, "stopped", summary);
    return EXIT.ok;
  } finally {
    await Promise.all([notifier?.close(), systemd?.close(), embedded?.close(), shown?.close()]);
  }
}

/** Metrics are kept only where somebody looks at them. */
function metricsOf(config: Config, targets: readonly Target[]): ClientMetrics | undefined {
  if (config.metrics === undefined && !hasTelemetry()) return undefined;
  return new ClientMetrics({ ...config, targets, version: about.version, clock: systemClock });
}

function notifierFor({ notify, notifyAfter, notifyLoss, client }: Settings, log: Log): Notifier | undefined {
  if (notify.length === 0) return undefined;
  return startNotifier({
    destinations: notify,
    after: notifyAfter,
    lossPercent: notifyLoss,
    client,
    clock: systemClock,
    log,
  });
}

function courierTo(
  config: Config,
  targets: () => readonly Target[],
  token: Token | undefined,
  log: Log,
): Courier {
  const { recorderUrl: url, client } = config;
  const courier = createRecorderApi({
    url,
    client,
    targets,
    clock: systemClock,
    log,
    ...(token === undefined ? {} : { token }),
  });
  return hasTelemetry() ? withSpans(courier) : courier;
}

function sayOnce(
  results: readonly PingResult[],
  targets: readonly Target[],
  { io, json }: { readonly io: CliIo; readonly json: boolean },
): number {
  const order = new Map(targets.map(({ host }, index) => [host, index]));
  const sorted = results.toSorted((a, b) => (order.get(a.host) ?? 0) - (order.get(b.host) ?? 0));
  io.out(json ? onceJson(sorted) : onceTable(sorted));
  const answered = results.filter(({ outcome }) => outcome === "reply").length;
  return answered === targets.length ? EXIT.ok : EXIT.unanswered;
}
