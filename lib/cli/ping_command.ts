import { systemClock } from "../clock.ts";
import { type Settings, UsageError } from "../config.ts";
import { setUpLog } from "../log.ts";
import { colorsLog, Display } from "./display.ts";
import type { CliIo } from "./io.ts";
import { createPlanReader } from "./plan.ts";
import { pingSession } from "./ping_session.ts";

/** `ping-client [HOST | NAME=HOST]…`: pings until it is told to stop. */
export async function pingCommand(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<number> {
  const once = options.once === true;
  const live = options.live === true;
  const reader = createPlanReader(words, options, io);
  const plan = await reader.read();
  const { settings } = plan;
  refuseOddPairs(options, settings);
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
    const how = {
      once,
      json: options.json === true,
      live,
      systemd: options.systemd === true,
      watchFiles: options.watch === true,
    };
    return await pingSession({ plan, reader, how, log, display }, reader.io);
  } finally {
    await display.close();
    log.close();
  }
}

/** @throws {UsageError} for options that mean nothing together */
function refuseOddPairs(options: Readonly<Record<string, unknown>>, { notify }: Settings): void {
  const { once, json, live } = options;
  if (json === true && once !== true) throw new UsageError("option --json needs --once: use --log json for the log");
  if (once !== true) return;
  if (live === true) throw new UsageError("option --live shows round after round: leave out --once");
  if (notify.length > 0) throw new UsageError("option --notify tells what changes between rounds: leave out --once");
}
