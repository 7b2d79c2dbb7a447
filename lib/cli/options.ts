import { readOptions, type Settings, type SettingsInput, UsageError } from "../config.ts";

/** Options whose value is a number. Text that is none stays text, so that the schema can quote it. */
const NUMERIC = new Set([
  "interval",
  "timeout",
  "rounds",
  "maxQueue",
  "drainRate",
  "concurrency",
  "notifyAfter",
  "notifyLoss",
]);
/** Options that are not settings: they choose what is done, not how. */
const NOT_SETTINGS = new Set([
  ...["targets", "once", "json", "live", "systemd", "ipv4", "ipv6", "config", "watch"],
  ...["listen", "db", "dbPasswordFile", "retention", "readTokenFile", "tlsCert", "tlsKey"],
]);

/**
 * The settings among parsed options.
 * @param base what a config file says, already checked: options win over it
 * @throws {UsageError} naming the option, its value and what is allowed
 */
export function settingsOf(options: Readonly<Record<string, unknown>>, base: SettingsInput = {}): Settings {
  const settings: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(options)) {
    if (!NOT_SETTINGS.has(key)) settings[key] = NUMERIC.has(key) ? numberIn(String(value)) : value;
  }
  return readOptions(settings);
}

/** Where an option such as `--listen` points: `ADDR:PORT`, `[IPV6]:PORT` or `PORT`. Default 127.0.0.1:5001. */
export function readListen(
  text = "127.0.0.1:5001",
  option = "--listen",
): { readonly hostname: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]:|([^\s:[\]]+):|:)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError(
      `option ${option} must be ADDR:PORT with a port from 0 to 65535, such as 127.0.0.1:5001: it is '${text}'`,
    );
  }
  return { hostname: match[1] ?? match[2] ?? "127.0.0.1", port };
}

function numberIn(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
