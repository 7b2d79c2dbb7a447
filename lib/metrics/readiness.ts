import type { Clock } from "../clock.ts";
import type { PingResult } from "../result.ts";
import type { Target } from "../target.ts";

export interface ReadinessOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** So many rounds without a ping are a schedule that stands still. */
const ROUNDS = 3;

/**
 * Whether this box pings on schedule: a target was asked (it replied, or was lost) within 3 intervals and a timeout.
 * What is `failed` was not asked: a box that only produces those does not do its work.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  #askedMs: number | undefined;
  #limitMs = 0;
  #idle = false;

  constructor(targets: readonly Target[], options: ReadinessOptions) {
    this.#options = options;
    this.update(targets);
  }

  update(targets: readonly Target[]): void {
    const { intervalMs, timeoutMs } = this.#options;
    const shortest = (of: readonly number[], or: number) => of.reduce((least, ms) => Math.min(least, ms), or);
    const intervals = targets.map((target) => target.intervalMs ?? intervalMs);
    const timeouts = targets.map((target) => target.timeoutMs ?? timeoutMs);
    this.#idle = targets.length === 0;
    this.#limitMs = ROUNDS * (this.#idle ? intervalMs : shortest(intervals, Infinity)) +
      timeouts.reduce((longest, ms) => Math.max(longest, ms), 0);
  }

  count({ outcome }: PingResult): void {
    if (outcome !== "failed") this.#askedMs = this.#options.clock.monotonic();
  }

  /**
   * Why it is not ready; empty where it is.
   * @param away what is wrong with the recorder, where something is
   */
  reasons(away: string | undefined): readonly string[] {
    return [...this.#schedule(), ...(away === undefined ? [] : [`recorder away: ${away}`])];
  }

  #schedule(): readonly string[] {
    if (this.#idle) return [];
    if (this.#askedMs === undefined) return ["no ping was answered or lost yet"];
    const quietMs = this.#options.clock.monotonic() - this.#askedMs;
    if (quietMs <= this.#limitMs) return [];
    return [`no ping was answered or lost for ${seconds(quietMs)} s: the limit is ${seconds(this.#limitMs)} s`];
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
