import { isIP } from "node:net";
import type { FailedCause, LostCause, PingResult } from "../result.ts";
import type { Target } from "../target.ts";
import type { Distribution, Labels, Sample } from "./metric_set.ts";
import type { Observe } from "./series_histogram.ts";

/** Above this many targets the others share one series, so that a large block can't drown a monitoring server. */
export const MAX_TARGETS = 1_000;
/** What the shared series calls its target. Parentheses occur in no host. */
export const OTHER = "(other)";

const LOST: readonly LostCause[] = ["timeout", "unreachable"];
const FAILED: readonly FailedCause[] = ["unresolved", "send-error", "no-engine", "overload", "suspended"];

interface Tally {
  readonly labels: Labels;
  readonly observe: Observe;
  /** It has a name that can change its address. */
  readonly named: boolean;
  sent: number;
  addressChanges: number;
  readonly causes: Record<LostCause | FailedCause, number>;
}

/** Counts what became of the pings of each target: the first `max` of the list have series of their own. */
export class TargetTallies {
  readonly #rtt: Distribution;
  readonly #max: number;
  readonly #own = new Map<string, Tally>();
  #other: Tally | undefined;

  /** @param rtt takes the RTT of each reply, in seconds */
  constructor(targets: readonly Target[], rtt: Distribution, max = MAX_TARGETS) {
    this.#rtt = rtt;
    this.#max = max;
    this.update(targets);
  }

  /** Takes another list: who stays keeps its figures, who left loses its series. */
  update(targets: readonly Target[]): void {
    const wanted = new Map(targets.slice(0, this.#max).map((target) => [target.host, target]));
    for (const [host, { labels }] of this.#own) {
      const target = wanted.get(host);
      if (target !== undefined && sameLabels(labels, labelsOf(target))) continue;
      this.#own.delete(host);
      this.#rtt.remove(labels);
    }
    for (const [host, target] of wanted) {
      if (!this.#own.has(host)) this.#own.set(host, this.#open(labelsOf(target), isIP(host) === 0));
    }
    if (targets.length > this.#max) this.#other ??= this.#open({ target: OTHER, name: "", group: "" }, true);
  }

  count(result: PingResult): void {
    const tally = this.#of(result.host);
    if (tally === undefined) return;
    if (result.outcome !== "failed") tally.sent++;
    if (result.outcome === "reply") tally.observe(result.rttMs / 1000);
    else tally.causes[result.cause]++;
  }

  addressChanged(host: string): void {
    const tally = this.#of(host);
    if (tally !== undefined) tally.addressChanges++;
  }

  *sent(): Generator<Sample> {
    for (const { labels, sent } of this.#all()) yield { labels, value: sent };
  }

  lost(): Iterable<Sample> {
    return this.#byCause(LOST);
  }

  failed(): Iterable<Sample> {
    return this.#byCause(FAILED);
  }

  *addressChanges(): Generator<Sample> {
    for (const { labels, named, addressChanges } of this.#all()) if (named) yield { labels, value: addressChanges };
  }

  /** A result of a target that has just left the list is nobody's. */
  #of(host: string): Tally | undefined {
    return this.#own.get(host) ?? this.#other;
  }

  *#byCause(causes: readonly (LostCause | FailedCause)[]): Generator<Sample> {
    for (const { labels, causes: counts } of this.#all()) {
      for (const cause of causes) yield { labels: { ...labels, cause }, value: counts[cause] };
    }
  }

  *#all(): Generator<Tally> {
    yield* this.#own.values();
    if (this.#other !== undefined) yield this.#other;
  }

  #open(labels: Labels, named: boolean): Tally {
    return {
      labels,
      observe: this.#rtt.series(labels),
      named,
      sent: 0,
      addressChanges: 0,
      causes: {
        timeout: 0,
        unreachable: 0,
        unresolved: 0,
        "send-error": 0,
        "no-engine": 0,
        overload: 0,
        suspended: 0,
      },
    };
  }
}

function labelsOf({ host, name = "", group = "" }: Target): Labels {
  return { target: host, name, group };
}

function sameLabels(a: Labels, b: Labels): boolean {
  return a.target === b.target && a.name === b.name && a.group === b.group;
}
