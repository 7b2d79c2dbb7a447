import type { PingResult } from "../result.ts";
import { label, type Target } from "../target.ts";

/** How a target does, worst first: sorting by state puts the problems on top. */
export const STATES = ["down", "failed", "losing", "up", "waiting"] as const;
export type State = (typeof STATES)[number];

/** What the live view shows of one target. Times in milliseconds, over the results that are kept. */
export interface TargetStats {
  readonly label: string;
  readonly state: State;
  /** The latest result; undefined before the first. */
  readonly last?: PingResult;
  readonly minMs?: number;
  readonly medianMs?: number;
  readonly p95Ms?: number;
  /** Lost of asked, 0 to 1; failed rounds were not asked. Undefined where nothing was. */
  readonly loss?: number;
  /** Oldest first. */
  readonly results: readonly PingResult[];
}

/** Results that the figures are over. */
const KEPT = 100;
/** So many rounds lost in a row make a target `down`. */
const DOWN_AFTER = 3;
/** A loss among this many asked rounds makes it `losing`. */
const LOSING_OVER = 20;

/** The results of one target, as far as the live view needs them. */
export class Track {
  readonly #label: string;
  #results: PingResult[] = [];
  #stats: TargetStats | undefined;

  constructor(target: Target) {
    this.#label = label(target);
  }

  add(result: PingResult): void {
    this.#results.push(result);
    if (this.#results.length > KEPT) this.#results.shift();
    this.#stats = undefined;
  }

  /** The figures of the moment; worked out again only after a new result. */
  get stats(): TargetStats {
    return this.#stats ??= statsOf(this.#label, [...this.#results]);
  }
}

function statsOf(label: string, results: readonly PingResult[]): TargetStats {
  const sorted = results.flatMap((r) => r.outcome === "reply" ? [r.rttMs] : []).sort((a, b) => a - b);
  const asked = results.filter(({ outcome }) => outcome !== "failed");
  const last = results.at(-1);
  return {
    label,
    state: stateOf(last, asked),
    results,
    ...(last === undefined ? {} : { last }),
    ...(asked.length === 0 ? {} : { loss: 1 - sorted.length / asked.length }),
    ...figuresOf(sorted),
  };
}

function figuresOf(sorted: readonly number[]): Pick<TargetStats, "minMs" | "medianMs" | "p95Ms"> {
  const [minMs] = sorted;
  const p95Ms = sorted[Math.ceil(sorted.length * 0.95) - 1];
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (minMs === undefined || p95Ms === undefined || low === undefined || high === undefined) return {};
  return { minMs, medianMs: (low + high) / 2, p95Ms };
}

function stateOf(last: PingResult | undefined, asked: readonly PingResult[]): State {
  if (last === undefined) return "waiting";
  const isLost = ({ outcome }: PingResult) => outcome === "lost";
  const latest = asked.slice(-DOWN_AFTER);
  if (latest.length === DOWN_AFTER && latest.every(isLost)) return "down";
  if (last.outcome === "failed") return "failed";
  return asked.slice(-LOSING_OVER).some(isLost) ? "losing" : "up";
}
