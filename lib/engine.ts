import type { EngineEvents } from "./engine_events.ts";
import { MissingProgramError, type Run } from "./engine/command.ts";
import { checkFping, createFpingEngine } from "./engine/fping.ts";
import { checkPing, createPingEngine } from "./engine/ping.ts";
import type { Log } from "./log.ts";
import type { PingResult } from "./result.ts";
import type { Target } from "./target.ts";

/** How a watch pings. All times in milliseconds. */
export interface WatchOptions {
  /** From one round to the next. */
  readonly intervalMs: number;
  /** How long an answer may take before the ping counts as lost. */
  readonly timeoutMs: number;
  /** Ends the watch: no new ping is started, children are stopped and reaped. */
  readonly signal: AbortSignal;
  /** Ends the watch after this many results for each target. Default: without end. */
  readonly rounds?: number;
}

/** A running watch: results as they come, until the signal aborts or the rounds are done. To be iterated once. */
export interface Watch extends AsyncIterable<PingResult> {
  /** Replaces the targets. Those that stay keep their phase and are not disturbed. */
  update(targets: readonly Target[]): void;
}

/**
 * The program that does the pinging. It owns its own pace, because a multiplexed one paces better than a caller could.
 * Each target gives exactly one result a round; an engine never throws for what one target or one child does.
 */
export interface Engine {
  readonly name: string;
  watch(targets: readonly Target[], options: WatchOptions): Watch;
}

/** What `--engine` takes. */
export const ENGINE_NAMES = ["auto", "ping", "fping"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface ChooseOptions {
  /** Default `auto`: fping where it is installed and there are more than `MANY_TARGETS`, else ping. */
  readonly engine?: EngineName;
  /** How many targets there are. */
  readonly count: number;
  /** Processes of the ping engine at once. Default 32. */
  readonly concurrency?: number;
  readonly log: Log;
  readonly run?: Run;
  /** Told how well the engine works. */
  readonly events?: EngineEvents;
}

/** With more targets than this a process for each ping costs more than a box should pay. */
export const MANY_TARGETS = 50;

/**
 * Picks the engine, and says which and why.
 * @throws {MissingProgramError} when the program that was asked for, or any ping program at all, is not on this box
 */
export async function chooseEngine(options: ChooseOptions): Promise<Engine> {
  const { engine = "auto", count, log, run, events } = options;
  const how = run === undefined ? {} : { run };
  const watched = events === undefined ? {} : { events };
  const many = count > MANY_TARGETS;
  if (engine === "fping" || (engine === "auto" && many && await isThere(() => checkFping(how)))) {
    await checkFping(how);
    log.info("engine: fping, {why}", { why: engine === "fping" ? "as asked" : `because there are ${count} targets` });
    return createFpingEngine({ log, ...how, ...watched });
  }
  await checkPing(how);
  log.info("engine: ping, {why}", { why: engine === "ping" ? "as asked" : whyPing(count, many) });
  return createPingEngine({
    log,
    ...how,
    ...watched,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
}

function whyPing(count: number, many: boolean): string {
  const targets = count === 1 ? "there is 1 target" : `there are ${count} targets`;
  return many ? `although ${targets}: fping would cost far less, but is not installed` : `because ${targets}`;
}

async function isThere(check: () => Promise<unknown>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    if (error instanceof MissingProgramError) return false;
    throw error;
  }
}
