import { runClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import { type Config, configOf, type Settings, UsageError } from "../config.ts";
import type { Courier } from "../drain.ts";
import { chooseEngine } from "../engine.ts";
import { sayLedger } from "../ledger.ts";
import { type Log, setUpLog } from "../log.ts";
import { type Notifier, startNotifier } from "../notify.ts";
import { createRecorderApi } from "../recorder_api.ts";
import type { PingResult } from "../result.ts";
import { startSystemd } from "../systemd.ts";
import type { Family, Target } from "../target.ts";
import { hostRecorder } from "./embedded.ts";
import { colorsLog, Display } from "./display.ts";
import { type CliIo, EXIT } from "./io.ts";
import { onceJson, onceTable } from "./once_table.ts";
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
  refuseOddPairs(options, settings);
  const config = configOf(once ? { ...settings, rounds: 1 } : settings);
  const named = await readTargets({ words, family: familyOf(options), ...listOf(options) }, io);
  if (options.targets === "-" && config.tokenFile === "-") {
    throw new UsageError("option --token-file must be a file where --targets is '-': there is one standard input");
  }
  const live = options.live === true;
  const display = new Display(io, { color: settings.color, live, clock: systemClock });
  const log = setUpLog({
    format: settings.log,
    level: settings.logLevel,
    // The live view draws log lines its own way.
    color: !live && colorsLog(settings.color, io),
    clock: systemClock,
    write: display.write,
  });
  try {
    return await pingWith({ settings, config, named, options, log, display }, io);
  } finally {
    await display.close();
    log.close();
  }
}

interface PingSetUp {
  readonly settings: Settings;
  readonly config: Config;
  readonly named: readonly Target[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly log: Log;
  readonly display: Display;
}

async function pingWith({ settings, config, named, options, log, display }: PingSetUp, io: CliIo): Promise<number> {
  const once = options.once === true;
  const targets = named.length === 0 ? [LOOPBACK] : named;
  const token = await readToken(config.tokenFile, io);
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
  const notifier = notifierFor(settings, log);
  const systemd = options.systemd === true ? startSystemd({ clock: systemClock, log }) : undefined;
  try {
    display.open(targets, outbox);
    const courier = once && !config.recorderGiven ? undefined : courierTo(config, targets, token, log);
    const summary = await runClient({
      config,
      targets,
      engine,
      outbox,
      clock: systemClock,
      log,
      signal: display.stop,
      ...(courier === undefined ? {} : { courier }),
      ...(options.live === true ? { chatty: false } : {}),
      onDrain: (drain) => display.follow(drain, outbox),
      onResult(result) {
        if (once) results.push(result);
        display.add(result);
        notifier?.add(result);
      },
    });
    await display.close();
    if (once) return sayOnce(results, targets, { io, json: options.json === true });
    sayLedger(log, "stopped", summary);
    return EXIT.ok;
  } finally {
    await Promise.all([notifier?.close(), systemd?.close()]);
    await embedded?.close();
  }
}

/** @throws {UsageError} for options that mean nothing together */
function refuseOddPairs({ once, json, live }: Readonly<Record<string, unknown>>, { notify }: Settings): void {
  if (json === true && once !== true) throw new UsageError("option --json needs --once: use --log json for the log");
  if (once !== true) return;
  if (live === true) throw new UsageError("option --live shows round after round: leave out --once");
  if (notify.length > 0) throw new UsageError("option --notify tells what changes between rounds: leave out --once");
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

function courierTo(config: Config, targets: readonly Target[], token: Token | undefined, log: Log): Courier {
  const { recorderUrl: url, client } = config;
  return createRecorderApi({
    url,
    client,
    targets: () => targets,
    clock: systemClock,
    log,
    ...(token === undefined ? {} : { token }),
  });
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

function familyOf({ ipv4, ipv6 }: Readonly<Record<string, unknown>>): Family {
  return ipv4 === true ? "ipv4" : ipv6 === true ? "ipv6" : "any";
}

function listOf({ targets }: Readonly<Record<string, unknown>>): { list?: string } {
  return targets === undefined ? {} : { list: String(targets) };
}
