import { systemClock } from "../clock.ts";
import { configOf, type Settings, UsageError } from "../config.ts";
import { setUpLog } from "../log.ts";
import type { Family } from "../target.ts";
import { colorsLog, Display } from "./display.ts";
import type { CliIo } from "./io.ts";
import { settingsOf } from "./options.ts";
import { pingSession } from "./ping_session.ts";
import { readTargets } from "./read_targets.ts";

/** `ping-client [HOST | NAME=HOST]…`: pings until it is told to stop. */
export async function pingCommand(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<number> {
  const settings = settingsOf(options);
  const once = options.once === true;
  const live = options.live === true;
  refuseOddPairs(options, settings);
  const config = configOf(once ? { ...settings, rounds: 1 } : settings);
  const named = await readTargets({ words, family: familyOf(options), ...listOf(options) }, io);
  if (options.targets === "-" && config.tokenFile === "-") {
    throw new UsageError("option --token-file must be a file where --targets is '-': there is one standard input");
  }
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
    const how = { once, json: options.json === true, live, systemd: options.systemd === true };
    return await pingSession({ settings, config, named, how, log, display }, io);
  } finally {
    await display.close();
    log.close();
  }
}

/** @throws {UsageError} for options that mean nothing together */
function refuseOddPairs(options: Readonly<Record<string, unknown>>, { notify, rounds }: Settings): void {
  const { once, json, live } = options;
  if (json === true && once !== true) throw new UsageError("option --json needs --once: use --log json for the log");
  if (once !== true) return;
  if (rounds !== undefined) throw new UsageError("option --once is one round already: leave out --rounds");
  if (live === true) throw new UsageError("option --live shows round after round: leave out --once");
  if (notify.length > 0) throw new UsageError("option --notify tells what changes between rounds: leave out --once");
}

function familyOf({ ipv4, ipv6 }: Readonly<Record<string, unknown>>): Family {
  return ipv4 === true ? "ipv4" : ipv6 === true ? "ipv6" : "any";
}

function listOf({ targets }: Readonly<Record<string, unknown>>): { list?: string } {
  return targets === undefined ? {} : { list: String(targets) };
}
