import { type Clock, systemClock } from "../clock.ts";
import type { Watch } from "../engine.ts";
import type { FailedCause, Outcome, PingResult } from "../result.ts";
import type { Target } from "../target.ts";
import { DueHeap } from "./due_heap.ts";
import { placeMs } from "./phase.ts";

/** What the schedule asks for once a target is due. It must end by itself. */
export type Probe = (target: Target, signal: AbortSignal) => Promise<Outcome>;

export interface ScheduleOptions {
  /** From one round of a target to its next, in ms, where the target has no `intervalMs` of its own. */
  readonly intervalMs: number;
  readonly probe: Probe;
  /** Ends the schedule. Probes under way get it too; what they give after it is thrown away. */
  readonly signal: AbortSignal;
  /** Results for each target before the schedule ends. Default: without end. */
  readonly rounds?: number;
  /** Probes at once. Default 32. */
  readonly concurrency?: number;
  readonly clock?: Clock;
  /** Told how late each probe begins, in ms. */
  readonly onLate?: (lateMs: number) => void;
}

/** Awake this late (or an interval late, if that is longer): the process or the machine stood still. */
const SUSPENDED_MS = 5000;

/**
 * Runs `probe` on a grid without drift: round k of a target is due at `joined + k · interval + phase`. `joined` is when
 * the target came in, such that the first of those that come in together goes out at once; `phase` is the `phaseMs` of
 * its host over the `phaseSpanMs` of that moment (a fleet's in steps of up to 250 ms). Both stay for as long as the target does.
 *
 * Each target gives exactly one result a round and never has two probes at once. A round that cannot begin in time
 * begins late; if the target's next round comes due first it is `failed/overload`. Where everything stood still for
 * longer than an interval and 5 s, all rounds missed are one `failed/suspended` a target, and the grid goes on.
 *
 * Only monotonic time paces. A step of the wall clock shows in `at` alone, and even there `at` never repeats or goes
 * back for a target. A suspend that stops the monotonic clock too cannot be told from such a step: the grid has missed
 * no round then, and goes on where it was.
 */
export function createSchedule(targets: readonly Target[], options: ScheduleOptions): Watch {
  return new Schedule(targets, options);
}

/** One target on the grid. */
interface Entry {
  target: Target;
  intervalMs: number;
  /** When the next round comes due, monotonic. */
  dueMs: number;
  /** Rounds still to come due. */
  left: number;
  /** When the round that waits for its turn came due. */
  waitingSince: number | undefined;
  queued: boolean;
  /** The targets no longer hold it: nothing more is begun, and what is under way is thrown away. */
  removed: boolean;
  lastAt: number;
}

class Schedule implements Watch {
  readonly #options: Required<Omit<ScheduleOptions, "onLate">> & Pick<ScheduleOptions, "onLate">;
  readonly #entries = new Map<string, Entry>();
  readonly #heap = new DueHeap<Entry>();
  /** Entries whose round is due, in the order in which they came due. */
  readonly #queue: Entry[] = [];
  /** Not bounded here: its reader moves results on at once, to a queue that is. */
  #results: PingResult[] = [];
  #targets: readonly Target[];
  #state: "new" | "running" | "ended" = "new";
  /** Hosts with a probe under way, those of removed targets included: one that comes back must wait for its old probe. */
  readonly #probed = new Set<string>();
  #wakePace: () => void = () => {};
  #wakeReader: () => void = () => {};

  constructor(targets: readonly Target[], options: ScheduleOptions) {
    const { rounds = Infinity, concurrency = 32, clock = systemClock } = options;
    this.#options = { ...options, rounds, concurrency, clock };
    this.#targets = targets;
  }

  update(targets: readonly Target[]): void {
    this.#targets = targets;
    if (this.#state !== "running") return;
    this.#takeTargets();
    this.#wakePace();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PingResult, void, void> {
    if (this.#state !== "new") throw new TypeError("Cannot iterate a watch twice");
    this.#state = "running";
    const over = new AbortController();
    const pacing = this.#pace(AbortSignal.any([over.signal, this.#options.signal])).finally(() => {
      this.#state = "ended";
      this.#wakeReader();
    });
    try {
      for (;;) {
        const results = this.#results;
        this.#results = [];
        yield* results;
        if (this.#results.length > 0) continue;
        if (this.#ended()) break;
        await new Promise<void>((resolve) => this.#wakeReader = resolve);
      }
    } finally {
      over.abort();
      await pacing;
    }
  }

  #ended(): boolean {
    return this.#state === "ended";
  }

  /** Begins what is due and sleeps until more is, until told to stop or all rounds are done; then waits for the rest. */
  async #pace(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const stop = () => this.#wakePace();
    signal.addEventListener("abort", stop);
    this.#takeTargets();
    while (!signal.aborted && !this.#done()) {
      this.#collectDue();
      this.#startQueued(signal);
      if (this.#done()) break;
      const next = this.#heap.peek();
      const waitMs = next === undefined ? Infinity : next.dueMs - clock.monotonic();
      if (waitMs > 0) await this.#sleep(waitMs);
    }
    signal.removeEventListener("abort", stop);
    // The children of probes under way are stopped by the signal; leaving before they are reaped would leave zombies.
    while (this.#probed.size > 0) await this.#sleep(Infinity);
  }

  async #sleep(ms: number): Promise<void> {
    const awake = new AbortController();
    this.#wakePace = () => awake.abort();
    await this.#options.clock.sleep(ms, awake.signal);
  }

  /** All rounds that were asked for are done. A watch without end and without targets waits for an update instead. */
  #done(): boolean {
    const { rounds } = this.#options;
    return rounds !== Infinity && this.#heap.size === 0 && this.#queue.length === 0 && this.#probed.size === 0;
  }

  /** Lets those in that are new, those out that are gone, and leaves the others as they are. */
  #takeTargets(): void {
    const { intervalMs } = this.#options;
    const before = new Map(this.#entries);
    const wanted = new Map(this.#targets.map((target) => [target.host, target]));
    for (const [host, entry] of this.#entries) {
      const target = wanted.get(host);
      if (target !== undefined && (target.intervalMs ?? intervalMs) === entry.intervalMs) entry.target = target;
      else this.#remove(host, entry);
    }
    this.#heap.keep((entry) => !entry.removed);
    const joining = this.#targets.filter(({ host }) => !this.#entries.has(host));
    const phases = joining.map((target) => placeMs(target.host, wanted.size, target.intervalMs ?? intervalMs));
    const joined = this.#options.clock.monotonic() - phases.reduce((least, phase) => Math.min(least, phase), Infinity);
    for (const [index, target] of joining.entries()) {
      this.#add(target, joined + (phases[index] ?? 0), before.get(target.host)?.lastAt ?? -Infinity);
    }
  }

  #add(target: Target, dueMs: number, lastAt: number): void {
    const { intervalMs, rounds } = this.#options;
    const entry: Entry = {
      target,
      intervalMs: target.intervalMs ?? intervalMs,
      dueMs,
      left: rounds,
      waitingSince: undefined,
      queued: false,
      removed: false,
      lastAt,
    };
    if (this.#entries.has(target.host) || rounds <= 0) return;
    this.#entries.set(target.host, entry);
    this.#heap.add(entry);
  }

  #remove(host: string, entry: Entry): void {
    entry.removed = true;
    this.#entries.delete(host);
  }

  /** Queues what is due. What waited since the round before is overload; what is due after a standstill is skipped. */
  #collectDue(): void {
    const now = this.#options.clock.monotonic();
    const first = this.#heap.peek();
    const suspended = first !== undefined && now - first.dueMs > Math.max(first.intervalMs, SUSPENDED_MS);
    for (let entry = this.#heap.peek(); entry !== undefined && entry.dueMs <= now; entry = this.#heap.peek()) {
      if (suspended) this.#skipMissed(entry, now);
      else this.#queueRound(entry);
      entry.left--;
      if (entry.left > 0) this.#heap.moveFirst();
      else this.#heap.removeFirst();
    }
  }

  #queueRound(entry: Entry): void {
    this.#failWaiting(entry, "overload");
    entry.waitingSince = entry.dueMs;
    entry.dueMs += entry.intervalMs;
    this.#enqueue(entry);
  }

  #enqueue(entry: Entry): void {
    if (entry.queued || entry.removed || entry.waitingSince === undefined) return;
    if (this.#probed.has(entry.target.host)) return;
    entry.queued = true;
    this.#queue.push(entry);
  }

  #skipMissed(entry: Entry, now: number): void {
    this.#failWaiting(entry, "suspended");
    entry.waitingSince = entry.dueMs;
    this.#failWaiting(entry, "suspended");
    entry.dueMs += (Math.floor((now - entry.dueMs) / entry.intervalMs) + 1) * entry.intervalMs;
  }

  #failWaiting(entry: Entry, cause: FailedCause): void {
    const { clock } = this.#options;
    if (entry.waitingSince === undefined) return;
    const at = this.#stamp(entry, clock.now() - (clock.monotonic() - entry.waitingSince));
    entry.waitingSince = undefined;
    this.#give(entry, at, { outcome: "failed", cause });
  }

  #startQueued(signal: AbortSignal): void {
    let taken = 0;
    while (this.#probed.size < this.#options.concurrency && taken < this.#queue.length) {
      const entry = this.#queue[taken++] as Entry;
      entry.queued = false;
      if (!entry.removed && entry.waitingSince !== undefined) this.#start(entry, signal);
    }
    this.#queue.splice(0, taken);
  }

  async #start(entry: Entry, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { host } = entry.target;
    const wallMs = clock.now();
    const monotonicMs = clock.monotonic();
    const at = this.#stamp(entry, wallMs);
    this.#options.onLate?.(Math.max(0, monotonicMs - (entry.waitingSince ?? monotonicMs)));
    entry.waitingSince = undefined;
    this.#probed.add(host);
    const outcome = await this.#probe(entry.target, signal);
    this.#probed.delete(host);
    // Asleep between question and answer: silence then says nothing about the host.
    const sleptMs = clock.now() - wallMs - (clock.monotonic() - monotonicMs);
    const slept = outcome.outcome === "lost" && sleptMs > SUSPENDED_MS;
    if (!signal.aborted) this.#give(entry, at, slept ? { outcome: "failed", cause: "suspended" } : outcome);
    const heir = this.#entries.get(host);
    if (heir !== undefined) this.#enqueue(heir);
    this.#wakePace();
  }

  /** A probe must not throw; if one does, its round was not measured, and the others go on. */
  async #probe(target: Target, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.#options.probe(target, signal);
    } catch {
      return { outcome: "failed", cause: "no-engine" };
    }
  }

  /** `at` tells results of one target apart, so that it must grow even where the wall clock steps back. */
  #stamp(entry: Entry, wallMs: number): number {
    entry.lastAt = Math.max(Math.round(wallMs), entry.lastAt + 1);
    return entry.lastAt;
  }

  #give(entry: Entry, at: number, outcome: Outcome): void {
    if (entry.removed) return;
    const { host, name } = entry.target;
    this.#results.push(name === undefined ? { host, at, ...outcome } : { host, name, at, ...outcome });
    this.#wakeReader();
  }
}
