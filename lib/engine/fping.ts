import { isIP } from "node:net";
import { type Clock, systemClock } from "../clock.ts";
import type { Engine, Watch, WatchOptions } from "../engine.ts";
import type { EngineEvents } from "../engine_events.ts";
import { type Log, silentLog } from "../log.ts";
import type { PingResult } from "../result.ts";
import type { Target } from "../target.ts";
import { type Run, run as runCommand, type Spawn, spawn as spawnChild } from "./command.ts";
import { Account } from "./fping_ledger.ts";
import { type FpingVersion, readVersion } from "./fping_output.ts";
import { capacity, type Group, groupOf, shardPhase, threadGatherMs } from "./fping_plan.ts";
import { ResultQueue } from "./fping_queue.ts";
import { type Member, Shard, type ShardTools } from "./fping_shard.ts";
import { createThreadSpawn } from "./fping_thread.ts";
import { Names, type Resolve, resolveName } from "./resolve.ts";

export interface FpingOptions {
  /** Default: one whose pipes are read in a thread, because that costs a fifth. */
  readonly spawn?: Spawn;
  readonly run?: Run;
  readonly clock?: Clock;
  /** 0 to 1; for the jitter of the backoff. */
  readonly random?: () => number;
  readonly log?: Log;
  readonly resolve?: Resolve;
  readonly events?: EngineEvents;
}

/** fping answers at once; this long only where the machine stands still. */
const VERSION_MS = 5000;
/** How long the first round may wait for the first answers to the names. */
const FIRST_NAMES_MS = 2000;
/** Looked after at least this often: how late a missing line is noticed. */
const LONGEST_TICK_MS = 1000;
/** So many in a row lost: the name may have moved. */
const SUSPICIOUS_LOSSES = 3;

/**
 * Finds out which fping is installed.
 * @throws {MissingProgramError} when there is none
 */
export async function checkFping({ run = runCommand }: { readonly run?: Run } = {}): Promise<FpingVersion> {
  const { stdout } = await run("fping", ["-v"], { killAfterMs: VERSION_MS });
  return readVersion(stdout);
}

/**
 * Pings through long-running fping processes, each for up to 5,000 targets and 500 pings a second: about a tenth of
 * what a process for each ping costs. For names, fping gets the addresses that `resolve` finds.
 */
export function createFpingEngine(options: FpingOptions = {}): Engine {
  return { name: "fping", watch: (targets, watchOptions) => new FpingWatch(targets, watchOptions, options) };
}

class FpingWatch implements Watch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #run: Run;
  readonly #tools: ShardTools;
  readonly #names: Names;
  readonly #queue: ResultQueue;
  /** By host. */
  readonly #members = new Map<string, Member>();
  readonly #homes = new Map<Member, Shard>();
  /** By the key of their group. */
  readonly #shards = new Map<string, Shard[]>();
  readonly #said = new Set<string>();
  #wanted: readonly Target[];
  #applied: readonly Target[] | undefined;
  #moved: string[] = [];
  #version: FpingVersion = readVersion("");
  #epochMs = 0;
  /** Wall time minus monotonic time: what a step of the clock changes. */
  #offsetMs = 0;
  #wake = new AbortController();
  #threadGatherMs = Infinity;
  #threadSpawn: Spawn = spawnChild;

  constructor(targets: readonly Target[], watchOptions: WatchOptions, options: FpingOptions) {
    const { clock = systemClock, log = silentLog, random = Math.random, run = runCommand, resolve = resolveName } =
      options;
    const { spawn = (program, args) => this.#threadSpawn(program, args), events = {} } = options;
    this.#options = watchOptions;
    this.#wanted = targets;
    this.#clock = clock;
    this.#log = log;
    this.#run = run;
    this.#queue = new ResultQueue({ log });
    const warnOnce = (message: string, fields?: Record<string, unknown>) => {
      if (!this.#said.has(message)) log.warn(message, fields);
      this.#said.add(message);
    };
    this.#tools = { spawn, clock, random, log, events, warnOnce, version: () => this.#version };
    const onChange = (host: string) => {
      this.#moved.push(host);
      this.#wake.abort();
    };
    const onMove = (host: string) => events.onAddressChange?.(host);
    this.#names = new Names({ resolve, clock, random, log, onChange, onMove });
  }

  update(targets: readonly Target[]): void {
    this.#wanted = targets;
    const hosts = new Set(targets.map(({ host }) => host));
    this.#queue.keepOnly(({ host }) => hosts.has(host));
    for (const [host, { account }] of this.#members) if (!hosts.has(host)) account.closed = true;
    this.#wake.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PingResult, void, void> {
    const ended = new AbortController();
    const end = () => {
      ended.abort();
      this.#queue.keepOnly(() => false);
      this.#wake.abort();
    };
    const { signal } = this.#options;
    if (signal.aborted) return;
    signal.addEventListener("abort", end);
    const running = this.#work(ended.signal).finally(() => this.#queue.close());
    try {
      yield* this.#queue.results();
    } finally {
      signal.removeEventListener("abort", end);
      end();
      await running;
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#prepare(signal);
    while (!signal.aborted && !this.#finished()) {
      const nextMs = this.#tick();
      const longest = Math.min(LONGEST_TICK_MS, Math.max(10, this.#shortestIntervalMs() / 4));
      const sleepMs = Math.min(longest, nextMs - this.#clock.monotonic());
      await this.#clock.sleep(Math.max(1, sleepMs), this.#wake.signal);
      this.#wake = new AbortController();
    }
    await Promise.all([...this.#shards.values()].flat().map((shard) => shard.stop()));
    await this.#names.stop(FIRST_NAMES_MS);
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    try {
      this.#version = await checkFping({ run: this.#run });
      this.#log.debug("fping is version {version}", { version: this.#version.text });
    } catch (error) {
      this.#tools.warnOnce(error instanceof Error ? error.message : String(error));
    }
    for (const { host, family } of this.#wanted) if (!isAddress(host)) this.#names.add(host, family);
    if (!signal.aborted) await this.#names.firstAnswers(Math.min(FIRST_NAMES_MS, this.#options.intervalMs));
    this.#epochMs = this.#clock.monotonic();
    this.#offsetMs = this.#clock.now() - this.#epochMs;
  }

  /** @returns when the next tick is due, monotonic */
  #tick(): number {
    this.#apply();
    this.#names.tick();
    this.#resettle();
    this.#noticeJump();
    let nextMs = Infinity;
    for (const [key, shards] of this.#shards) {
      for (const shard of shards) nextMs = Math.min(nextMs, shard.tick());
      const used = shards.filter((shard) => !shard.idle);
      if (used.length === 0) this.#shards.delete(key);
      else if (used.length < shards.length) this.#shards.set(key, used);
    }
    for (const [host, { account }] of this.#members) {
      if (account.lostInARow >= SUSPICIOUS_LOSSES) this.#names.suspect(host);
    }
    return nextMs;
  }

  /** A watch with a number of rounds is over when every target has had them. */
  #finished(): boolean {
    if (this.#options.rounds === undefined || this.#applied !== this.#wanted) return false;
    for (const { account } of this.#members.values()) if (!account.closed) return false;
    return true;
  }

  #shortestIntervalMs(): number {
    let shortest = this.#options.intervalMs;
    for (const [first] of this.#shards.values()) {
      if (first !== undefined) shortest = Math.min(shortest, first.group.intervalMs);
    }
    return shortest;
  }

  /** Brings the targets up to what `update` asked for. */
  #apply(): void {
    if (this.#applied === this.#wanted) return;
    this.#applied = this.#wanted;
    this.#quickenThread();
    const wanted = new Map(this.#wanted.map((target) => [target.host, target]));
    for (const [host, member] of this.#members) {
      const target = wanted.get(host);
      const left = member.account.closed && !member.account.complete;
      if (target !== undefined && !left && isSamePing(target, member.account.target)) member.account.target = target;
      else this.#remove(host, member);
    }
    const added = [...wanted.values()].filter(({ host }) => !this.#members.has(host)).map((target) =>
      this.#add(target)
    );
    this.#house(added);
  }

  /**
   * A thread that reads seldom takes the answers of a short interval for missing. Where an update brings a shorter one
   * than there was, the processes that start from now on get a thread of their own; the old one ends with its last child.
   */
  #quickenThread(): void {
    const { intervalMs } = this.#options;
    const shortestMs = this.#wanted.reduce(
      (least, target) => Math.min(least, target.intervalMs ?? intervalMs),
      intervalMs,
    );
    const gatherMs = threadGatherMs(shortestMs);
    if (gatherMs >= this.#threadGatherMs) return;
    this.#threadGatherMs = gatherMs;
    this.#threadSpawn = createThreadSpawn({ gatherMs });
  }

  #add(target: Target): Member {
    const { host, family } = target;
    const numeric = isAddress(host);
    if (!numeric && !this.#names.has(host)) this.#names.add(host, family);
    const account = new Account(target, 0, {
      emit: (result) => this.#queue.push(result),
      limit: this.#options.rounds,
      onClosed: () => this.#wake.abort(),
    });
    const member = { account, address: numeric ? host : this.#names.addressOf(host), phaseMs: 0, runs: [] };
    this.#members.set(host, member);
    return member;
  }

  #remove(host: string, member: Member): void {
    member.account.closed = true;
    this.#members.delete(host);
    this.#names.remove(host);
    this.#homes.get(member)?.remove(member);
    this.#homes.delete(member);
  }

  /** Gives each member a place in a shard of its group: in those that there are, as evenly as they need be. */
  #house(members: readonly Member[]): void {
    const byGroup = new Map<string, { readonly group: Group; readonly members: Member[] }>();
    for (const member of members) {
      const group = groupOf(member.account.target, member.address, this.#options);
      const same = byGroup.get(group.key);
      if (same === undefined) byGroup.set(group.key, { group, members: [member] });
      else same.members.push(member);
    }
    for (const { group, members } of byGroup.values()) {
      const shards = this.#shards.get(group.key) ?? [];
      this.#shards.set(group.key, shards);
      const total = shards.reduce((sum, shard) => sum + shard.members.length, members.length);
      const needed = Math.ceil(total / capacity(group.intervalMs));
      while (shards.length < needed) {
        const epochMs = this.#epochMs + shardPhase(shards.length) * group.intervalMs;
        shards.push(new Shard(group, epochMs, this.#tools));
      }
      const fair = Math.ceil(total / shards.length);
      let index = 0;
      for (const member of members) {
        while ((shards[index]?.members.length ?? 0) >= fair) index++;
        this.#enter(member, shards[index]);
      }
    }
  }

  #enter(member: Member, shard: Shard | undefined): void {
    if (shard === undefined) return;
    const isNew = !this.#homes.has(member);
    if (isNew) member.account.next = shard.roundFrom(this.#clock.monotonic());
    if (member.address !== undefined && isNew) member.account.gapCause = "no-engine";
    this.#homes.get(member)?.remove(member);
    this.#homes.set(member, shard);
    shard.add(member);
  }

  /** Lets the names that have another address be pinged there. */
  #resettle(): void {
    const movers: Member[] = [];
    for (const host of this.#moved.splice(0)) {
      const member = this.#members.get(host);
      const address = this.#names.addressOf(host);
      if (member === undefined || address === undefined || member.address === address) continue;
      member.address = address;
      const home = this.#homes.get(member);
      if (home?.group.key === groupOf(member.account.target, address, this.#options).key) home.replan();
      else movers.push(member);
    }
    this.#house(movers);
  }

  /** Notices a step of the wall clock, by which fping paces itself, and a suspend, which looks like one. */
  #noticeJump(): void {
    const offsetMs = this.#clock.now() - this.#clock.monotonic();
    const jumpMs = offsetMs - this.#offsetMs;
    const shortest = this.#shortestIntervalMs();
    if (Math.abs(jumpMs) < Math.max(250, Math.min(1000, shortest / 2))) return;
    this.#offsetMs = offsetMs;
    this.#log.warn("The clock jumped by {jumpMs} ms: rounds were missed", { jumpMs: Math.round(jumpMs) });
    for (const shard of [...this.#shards.values()].flat()) shard.suspended(jumpMs >= shard.group.intervalMs);
  }
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/%.*$/, "")) !== 0;
}

/** Whether both are pinged alike; the name may differ. */
function isSamePing(a: Target, b: Target): boolean {
  return a.family === b.family && a.intervalMs === b.intervalMs && a.timeoutMs === b.timeoutMs &&
    a.sizeBytes === b.sizeBytes;
}
