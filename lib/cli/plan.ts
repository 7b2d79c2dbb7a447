import { type Config, configOf, DEFAULT_TIMEOUT_S, type Settings, UsageError } from "../config.ts";
import { type ConfigFile, readConfigFile } from "../config/file.ts";
import type { Family, Target } from "../target.ts";
import type { CliIo } from "./io.ts";
import { settingsOf } from "./options.ts";
import { readInput } from "./read_input.ts";
import { readTargets } from "./read_targets.ts";

/** What a command line and the files that it names ask for. */
export interface Plan {
  readonly settings: Settings;
  readonly config: Config;
  /** The targets that were named anywhere. */
  readonly named: readonly Target[];
}

/** Reads the plan, and reads it again when its files have changed. */
export interface PlanReader {
  /** @throws {UsageError} for whatever must be mended */
  read(): Promise<Plan>;
  /** The files that can be read again. */
  readonly files: readonly string[];
  /** The process around, with standard input kept: a second reading finds what the first one found. */
  readonly io: CliIo;
}

type Options = Readonly<Record<string, unknown>>;

const LOOPBACK: Target = { host: "127.0.0.1", family: "any" };

/** What is pinged: the loopback where nothing was named. */
export function targetsOf({ named }: Plan): readonly Target[] {
  return named.length === 0 ? [LOOPBACK] : named;
}

/** Options win over the config file; targets on the command line take the place of the file's. */
export function createPlanReader(words: readonly string[], options: Options, process: CliIo): PlanReader {
  let stdin: Promise<string> | undefined;
  const io: CliIo = { ...process, readStdin: () => stdin ??= process.readStdin() };
  const path = options.config === undefined ? undefined : String(options.config);
  const list = options.targets === undefined ? undefined : String(options.targets);
  const files = [path, list].filter((file) => file !== undefined && file !== "-") as string[];
  return {
    io,
    files,
    async read() {
      // First, so that a mistake in an option is said as one, whatever the file holds.
      settingsOf(options);
      if (options.once === true && options.rounds !== undefined) {
        throw new UsageError("option --once is one round already: leave out --rounds");
      }
      if (options.watch === true && files.length === 0) {
        throw new UsageError(
          "option --watch must come with --config FILE or --targets FILE: there is no file to watch",
        );
      }
      const family = familyOf(options);
      const file = path === undefined ? undefined : await readFile(path, family, io);
      const settings = settingsOf(options, file?.settings);
      refuseSharedInput({ config: path, targets: list, "token-file": settings.tokenFile });
      const config = configOf(options.once === true ? { ...settings, rounds: 1 } : settings);
      const sources = { words, family: family ?? file?.family ?? "any", ...(list === undefined ? {} : { list }) };
      const fromWords = await readTargets(sources, io);
      const named = fromWords.length > 0 ? fromWords : file?.targets ?? [];
      return { settings, config, named: named.map((target) => withTimeout(target, settings)) };
    },
  };
}

async function readFile(path: string, family: Family | undefined, io: CliIo): Promise<ConfigFile> {
  const text = await readInput("--config", path, io);
  return readConfigFile(text, path === "-" ? "standard input" : path, family === undefined ? {} : { family });
}

/** The default timeout is at most the interval, a target's own interval too. */
function withTimeout(target: Target, { timeout }: Settings): Target {
  const { intervalMs, timeoutMs } = target;
  if (timeout !== undefined || timeoutMs !== undefined || intervalMs === undefined) return target;
  return { ...target, timeoutMs: Math.min(DEFAULT_TIMEOUT_S * 1000, intervalMs) };
}

function refuseSharedInput(options: Readonly<Record<string, string | undefined>>): void {
  const [first, second] = Object.keys(options).filter((name) => options[name] === "-");
  if (first === undefined || second === undefined) return;
  throw new UsageError(`option --${second} must be a file where --${first} is '-': there is one standard input`);
}

function familyOf({ ipv4, ipv6 }: Options): Family | undefined {
  return ipv4 === true ? "ipv4" : ipv6 === true ? "ipv6" : undefined;
}
