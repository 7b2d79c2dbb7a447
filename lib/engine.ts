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

/**
 * The engine for these targets.
 * @throws {MissingProgramError} when no ping program is on this box
 */
export async function chooseEngine({ log }: { readonly log: Log }): Promise<Engine> {
  await checkPing();
  return createPingEngine({ log });
}
