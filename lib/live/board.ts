import type { PingResult } from "../result.ts";
import { label, type Target } from "../target.ts";
import { type State, STATES, type TargetStats, Track } from "./track.ts";

export const SORTS = ["name", "last", "median", "loss", "state"] as const;
export type Sort = (typeof SORTS)[number];

export interface Order {
  readonly by: Sort;
  /** Turned round: best first, Z first. */
  readonly reversed: boolean;
}

/** Every target and its figures, in the order that the user chose. */
export class Board {
  #tracks: ReadonlyMap<string, Track>;
  #sorted: { readonly order: Order; readonly rows: readonly TargetStats[] } | undefined;

  constructor(targets: readonly Target[]) {
    this.#tracks = new Map(targets.map((target) => [target.host, new Track(target)]));
  }

  /** Takes another list of targets; those that stay keep their figures, unless they are called otherwise now. */
  update(targets: readonly Target[]): void {
    const before = this.#tracks;
    this.#tracks = new Map(targets.map((target) => {
      const known = before.get(target.host);
      return [target.host, known?.stats.label === label(target) ? known : new Track(target)];
    }));
    this.#sorted = undefined;
  }

  get size(): number {
    return this.#tracks.size;
  }

  add(result: PingResult): void {
    this.#tracks.get(result.host)?.add(result);
    this.#sorted = undefined;
  }

  /** All rows. Those that compare equal keep the order in which the targets were given. */
  rows(order: Order): readonly TargetStats[] {
    const known = this.#sorted;
    if (known !== undefined && known.order.by === order.by && known.order.reversed === order.reversed) {
      return known.rows;
    }
    const sign = order.reversed ? -1 : 1;
    const rows = [...this.#tracks.values()].map(({ stats }) => stats)
      .sort((a, b) => sign * compare(order.by, a, b));
    this.#sorted = { order, rows };
    return rows;
  }

  /** How many targets are in each state. */
  counts(): Readonly<Record<State, number>> {
    const counts = { down: 0, failed: 0, losing: 0, up: 0, waiting: 0 };
    for (const { stats } of this.#tracks.values()) counts[stats.state]++;
    return counts;
  }
}

/** Below 0 where `a` comes first: A before Z, and otherwise what is worse, with the unknown at the end. */
function compare(by: Sort, a: TargetStats, b: TargetStats): number {
  switch (by) {
    case "name":
      return a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
    case "state":
      return STATES.indexOf(a.state) - STATES.indexOf(b.state);
    case "last":
      return lastOf(b) - lastOf(a);
    case "median":
      return (b.medianMs ?? -1) - (a.medianMs ?? -1);
    case "loss":
      return (b.loss ?? -1) - (a.loss ?? -1);
  }
}

/** A lost ping is slower than any answer; one that was not measured is no answer at all. Finite, so that two compare equal. */
function lastOf({ last }: TargetStats): number {
  if (last === undefined) return -2;
  if (last.outcome === "failed") return -1;
  return last.outcome === "lost" ? Number.MAX_VALUE : last.rttMs;
}
