import { type Clock, systemClock } from "../clock.ts";
import type { Engine, Watch } from "../engine.ts";
import type { EngineEvents } from "../engine_events.ts";
import { type Log, silentLog } from "../log.ts";
import type { Outcome } from "../result.ts";
import type { Target } from "../target.ts";
import { type Finished, MissingProgramError, type Run, run as runCommand } from "./command.ts";
import { type Flavour, flavourOfOs, flavourOfVersion, needsFlavour, type Os, pingCommand } from "./ping_args.ts";
import { isDenied, readPing } from "./ping_output.ts";
import { createSchedule } from "./schedule.ts";

export interface PingEngineOptions {
  /** Which options and which output to expect. Default: the system this runs on. */
  readonly os?: Os;
  readonly run?: Run;
  readonly clock?: Clock;
  /** Children at once. Default 32. */
  readonly concurrency?: number;
  readonly log?: Log;
  readonly events?: EngineEvents;
}

/** A child that still runs this long after its timeout hangs, and is killed. */
const GRACE_MS = 1000;

/**
 * Makes sure that there is a `ping` at all.
 * @throws {MissingProgramError} when there is none
 */
export async function checkPing({ run = runCommand }: { readonly run?: Run } = {}): Promise<void> {
  await askVersion(run);
}

/** Pings through the system's `ping`: one bounded child for each probe. */
export function createPingEngine(options: PingEngineOptions = {}): Engine {
  const { os = Deno.build.os, run = runCommand, clock = systemClock, concurrency = 32, log = silentLog, events = {} } =
    options;
  const said = new Set<string>();
  let flavour: Promise<Flavour> | undefined;

  function sayOnce(message: string): void {
    if (!said.has(message)) log.error(message);
    said.add(message);
  }

  /** Asks once which ping this is, and again after a failure: the program may come back. */
  function findFlavour(): Promise<Flavour> {
    flavour ??= askVersion(run).then(flavourOfVersion).catch((error: unknown) => {
      flavour = undefined;
      throw error;
    });
    return flavour;
  }

  async function probe(target: Target, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    try {
      const known = flavourOfOs(os) ?? (needsFlavour(target, timeoutMs) ? await findFlavour() : "unknown");
      const { program, args, needsInterrupt } = pingCommand(target, { os, flavour: known, timeoutMs });
      const interruptAfterMs = needsInterrupt ? { interruptAfterMs: timeoutMs } : {};
      const finished = await run(program, args, {
        killAfterMs: timeoutMs + GRACE_MS,
        ...interruptAfterMs,
        signal,
        clock,
      });
      const outcome = readPing(finished, { host: target.host, timeoutMs, os });
      if (outcome.outcome === "failed" && isDenied(finished)) sayOnce(DENIED);
      return outcome;
    } catch (error) {
      sayOnce(complaint(error));
      return { outcome: "failed", cause: "no-engine" };
    }
  }

  return {
    name: "ping",
    watch(targets, { intervalMs, timeoutMs, signal, rounds }): Watch {
      return createSchedule(targets, {
        probe: (target, signal) => probe(target, target.timeoutMs ?? timeoutMs, signal),
        intervalMs,
        signal,
        concurrency,
        clock,
        onLate: (lateMs) => events.onLate?.(lateMs),
        ...(rounds === undefined ? {} : { rounds }),
      });
    },
  };
}

const DENIED =
  "Cannot ping: the system's ping may not open a socket: give it the capability (setcap cap_net_raw+p on " +
  "the program) or allow unprivileged pings (sysctl net.ipv4.ping_group_range='0 2147483647')";

function complaint(error: unknown): string {
  if (error instanceof MissingProgramError) return `Cannot ping: there is no program '${error.program}' on this box`;
  return `Cannot start ping: ${error instanceof Error ? error.message : String(error)}`;
}

async function askVersion(run: Run): Promise<string> {
  const { stdout, stderr }: Finished = await run("ping", ["-V"], { killAfterMs: GRACE_MS });
  return `${stdout}\n${stderr}`;
}
