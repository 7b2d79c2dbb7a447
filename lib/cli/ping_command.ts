import about from "../../deno.json" with { type: "json" };
import { runClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import { type Config, configOf, UsageError } from "../config.ts";
import { withSpans } from "../delivery_spans.ts";
import type { Courier } from "../drain.ts";
import { chooseEngine } from "../engine.ts";
import { sayLedger } from "../ledger.ts";
import { type Log, setUpLog } from "../log.ts";
import { ClientMetrics } from "../metrics.ts";
import { hasTelemetry } from "../metrics/telemetry.ts";
import { createFailover } from "../failover.ts";
import { createRecorderApi } from "../recorder_api.ts";
import type { PingResult } from "../result.ts";
import type { Family, Target } from "../target.ts";
import { hostRecorder } from "./embedded.ts";
import { type CliIo, EXIT } from "./io.ts";
import { type MetricsServer, serveMetrics } from "./metrics_server.ts";
import { onceTable } from "./once_table.ts";
import { settingsOf } from "./options.ts";
import { openOutbox } from "./open_outbox.ts";
import { readToken, type Token } from "./read_token.ts";
import { readTargets } from "./read_targets.ts";

const LOOPBACK: Target = { host: "127.0.0.1", family: "any" };

/** `ping-client [HOST | NAME=HOST]…`: pings until it is told to stop. */
export async function pingCommand(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<number> {
  const settings = settingsOf(options);
  const once = options.once === true;
  if (once && settings.rounds !== undefined) {
    throw new UsageError("option --once is one round already: leave out --rounds");
  }
  const config = configOf(once ? { ...settings, rounds: 1 } : settings);
  const named = await readTargets({ words, family: familyOf(options), ...listOf(options) }, io);
  if (options.targets === "-" && config.tokenFile === "-") {
    throw new UsageError("option --token-file must be a file where --targets is '-': there is one standard input");
  }
  const log = setUpLog({ format: settings.log, level: settings.logLevel, write: io.err });
  const targets = named.length === 0 ? [LOOPBACK] : named;
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
  const embedded = config.recorderGiven || once ? undefined : await hostRecorder({ clock: systemClock, log });
  const results: PingResult[] = [];
  let shown: MetricsServer | undefined;
  try {
    if (metrics !== undefined && config.metrics !== undefined) shown = serveMetrics(config.metrics, metrics, { log });
    const courier = once && !config.recorderGiven ? undefined : courierTo(config, targets, token, log);
    const summary = await runClient({
      config,
      targets,
      engine,
      outbox,
      clock: systemClock,
      log,
      signal: io.stop,
      ...(courier === undefined ? {} : { courier }),
      onStart: (running) => metrics?.attach(running),
      onResult(result) {
        metrics?.count(result);
        if (once) results.push(result);
      },
    });
    if (once) return sayOnce(results, targets, io);
    sayLedger(log, "stopped", summary);
    return EXIT.ok;
  } finally {
    await Promise.all([embedded?.close(), shown?.close()]);
  }
}

/** Metrics are kept only where somebody looks at them. */
function metricsOf(config: Config, targets: readonly Target[]): ClientMetrics | undefined {
  if (config.metrics === undefined && !hasTelemetry()) return undefined;
  return new ClientMetrics({ ...config, targets, version: about.version, clock: systemClock });
}

function courierTo(config: Config, targets: readonly Target[], token: Token | undefined, log: Log): Courier {
  const { recorderUrl, otherRecorderUrls = [], client } = config;
  const couriers = [recorderUrl, ...otherRecorderUrls].map((url) => ({
    name: url,
    courier: createRecorderApi({
      url,
      client,
      targets: () => targets,
      clock: systemClock,
      log,
      ...(token === undefined ? {} : { token }),
    }),
  }));
  const [first] = couriers;
  const courier = couriers.length === 1 && first
    ? first.courier
    : createFailover(couriers, { clock: systemClock, log });
  return hasTelemetry() ? withSpans(courier) : courier;
}

function sayOnce(results: readonly PingResult[], targets: readonly Target[], io: CliIo): number {
  const order = new Map(targets.map(({ host }, index) => [host, index]));
  const sorted = results.toSorted((a, b) => (order.get(a.host) ?? 0) - (order.get(b.host) ?? 0));
  io.out(onceTable(sorted));
  const answered = results.filter(({ outcome }) => outcome === "reply").length;
  return answered === targets.length ? EXIT.ok : EXIT.unanswered;
}

function familyOf({ ipv4, ipv6 }: Readonly<Record<string, unknown>>): Family {
  return ipv4 === true ? "ipv4" : ipv6 === true ? "ipv6" : "any";
}

function listOf({ targets }: Readonly<Record<string, unknown>>): { list?: string } {
  return targets === undefined ? {} : { list: String(targets) };
}
