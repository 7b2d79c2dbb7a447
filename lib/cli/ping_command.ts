import { runClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Courier } from "../drain.ts";
import { chooseEngine } from "../engine.ts";
import { sayLedger } from "../ledger.ts";
import { type Log, setUpLog } from "../log.ts";
import { createRecorderApi } from "../recorder_api.ts";
import type { PingResult } from "../result.ts";
import type { Target } from "../target.ts";
import { CourierSwitch } from "./courier_switch.ts";
import { hostRecorder } from "./embedded.ts";
import { type CliIo, EXIT } from "./io.ts";
import { onceTable } from "./once_table.ts";
import { openOutbox } from "./open_outbox.ts";
import { createPlanReader, targetsOf } from "./plan.ts";
import { readToken, type Token } from "./read_token.ts";
import { createReload } from "./reload.ts";

/** `ping-client [HOST | NAME=HOST]…`: pings until it is told to stop. */
export async function pingCommand(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<number> {
  const once = options.once === true;
  const reader = createPlanReader(words, options, io);
  const plan = await reader.read();
  const { settings, config, named } = plan;
  const log = setUpLog({ format: settings.log, level: settings.logLevel, write: io.err });
  const targets = targetsOf(plan);
  const token = await readToken(config.tokenFile, reader.io);
  const engine = await chooseEngine({
    engine: config.engine,
    count: targets.length,
    concurrency: config.concurrency,
    log,
  });
  if (named.length === 0) {
    log.info("no target given: pinging 127.0.0.1; name others like this: ping-client router=192.0.2.1 example.org");
  }

  const outbox = await openOutbox(config, { clock: systemClock, log });
  const embedded = config.recorderGiven || once ? undefined : await hostRecorder({ clock: systemClock, log });
  const results: PingResult[] = [];
  try {
    const courier = once && !config.recorderGiven
      ? undefined
      : new CourierSwitch(courierTo(config, () => reload.targets, token, log));
    const reload = createReload({
      reader,
      plan,
      log,
      io,
      watchFiles: options.watch === true,
      ...(courier === undefined ? {} : { courier }),
      courierTo: async (config) =>
        courierTo(config, () => reload.targets, await readToken(config.tokenFile, reader.io), log),
    });
    const summary = await runClient({
      config,
      targets,
      engine,
      outbox,
      clock: systemClock,
      log,
      signal: io.stop,
      ...(courier === undefined ? {} : { courier }),
      ...(once ? { onResult: (result) => results.push(result) } : { onWatch: reload.begin }),
    }).finally(reload.end);
    if (once) return sayOnce(results, targets, io);
    sayLedger(log, "stopped", summary);
    return EXIT.ok;
  } finally {
    await embedded?.close();
  }
}

function courierTo(
  config: Config,
  targets: () => readonly Target[],
  token: Token | undefined,
  log: Log,
): Courier {
  const { recorderUrl: url, client } = config;
  return createRecorderApi({
    url,
    client,
    targets,
    clock: systemClock,
    log,
    ...(token === undefined ? {} : { token }),
  });
}

function sayOnce(results: readonly PingResult[], targets: readonly Target[], io: CliIo): number {
  const order = new Map(targets.map(({ host }, index) => [host, index]));
  const sorted = results.toSorted((a, b) => (order.get(a.host) ?? 0) - (order.get(b.host) ?? 0));
  io.out(onceTable(sorted));
  const answered = results.filter(({ outcome }) => outcome === "reply").length;
  return answered === targets.length ? EXIT.ok : EXIT.unanswered;
}
