import { type Backoff, createBackoff } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { EngineEvents } from "../engine_events.ts";
import type { Log } from "../log.ts";
import { type FailedCause, type Outcome, replyOf } from "../result.ts";
import type { Spawn } from "./command.ts";
import type { Account } from "./fping_ledger.ts";
import { type FpingVersion, type Probe, readComplaint, readLine } from "./fping_output.ts";
import { fpingArgs, gatherMs, type Group, spacingMs } from "./fping_plan.ts";
import { FpingProcess } from "./fping_process.ts";

/** What all shards of a watch share. */
export interface ShardTools {
  readonly spawn: Spawn;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly events: EngineEvents;
  readonly version: () => FpingVersion;
  /** Logs a warning the first time only. */
  readonly warnOnce: (message: string, fields?: Record<string, unknown>) => void;
}

/** A target's place in a shard. */
export interface Member {
  readonly account: Account;
  address: string | undefined;
  /** How long after the beginning of a round its ping is due. */
  phaseMs: number;
  /** The processes that ping it, newest first: two while one takes over from the other. */
  runs: readonly Run[];
}

/** One life of a process. Its n-th ping of a target belongs to round `first + n`. */
interface Run {
  readonly first: number;
  /** The round that the next process takes over from. */
  end: number;
  readonly members: ReadonlyMap<string, readonly Member[]>;
  process: FpingProcess | undefined;
  alive: boolean;
  lastLineMs: number;
  /** How late its newest line was: fping falls behind when the machine is too slow for it. */
  lagMs: number;
}

/** A process that starts this late is still on time for its round. */
const JUST_MS = 50;

/**
 * The targets of one fping process, on a grid: round r begins at `epochMs + r · interval`. A process always starts at
 * the beginning of a round. When targets come, go or change address, a new process takes over at the next round, while
 * the old one lives on until its last rounds are settled: the others' rounds in progress are neither lost nor doubled.
 */
export class Shard {
  readonly group: Group;
  readonly members: Member[] = [];
  readonly #epochMs: number;
  readonly #tools: ShardTools;
  #current: Run | undefined;
  #retiring: Run[] = [];
  /** The round at which the next process starts. */
  #planned: number | undefined;
  #notBeforeMs = -Infinity;
  /** Deaths in a row, and the wait that grows with them. */
  #failures = 0;
  readonly #backoff: Backoff;
  readonly #stopping = new Set<Promise<void>>();

  /** @param epochMs when round 0 begins, monotonic */
  constructor(group: Group, epochMs: number, tools: ShardTools) {
    this.group = group;
    this.#epochMs = epochMs;
    this.#tools = tools;
    this.#backoff = createBackoff({ random: tools.random });
  }

  /** The first round that begins at `nowMs` or later, or has only just begun. */
  roundFrom(nowMs: number): number {
    const { intervalMs } = this.group;
    const justMs = Math.min(JUST_MS, intervalMs / 10);
    return Math.max(0, Math.ceil((nowMs - justMs - this.#epochMs) / intervalMs));
  }

  add(member: Member): void {
    this.members.push(member);
    this.replan();
  }

  remove(member: Member): void {
    const index = this.members.indexOf(member);
    if (index >= 0) this.members.splice(index, 1);
    this.replan();
  }

  /** Lets a new process take over at the next round, because a member came, went or changed its address. */
  replan(): void {
    if (this.group.family === undefined) return;
    const { clock } = this.#tools;
    this.#planned ??= this.roundFrom(Math.max(clock.monotonic(), this.#notBeforeMs));
  }

  /**
   * Does what is due.
   * @returns when it wants to be called again at the latest, monotonic
   */
  tick(): number {
    const now = this.#tools.clock.monotonic();
    if (this.#planned !== undefined) {
      // Too late for this round's place on the grid: better the next one.
      if (now > this.#beginOf(this.#planned) + this.group.intervalMs / 2) this.#planned = this.roundFrom(now);
      if (now >= this.#beginOf(this.#planned)) this.#takeOver(this.#planned);
    }
    this.#killHanging(now);
    for (const member of this.members) this.#settleMissing(member, now);
    this.#endRetired(now);
    return this.#planned === undefined ? Infinity : this.#beginOf(this.#planned);
  }

  /** The clock jumped: what is under way is void, and the grid goes on with its next round. */
  suspended(long: boolean): void {
    const { clock } = this.#tools;
    const now = clock.monotonic();
    const next = this.roundFrom(now);
    for (const run of [...this.#retiring, ...(this.#current === undefined ? [] : [this.#current])]) this.#end(run);
    this.#retiring = [];
    this.#current = undefined;
    for (const member of this.members) {
      const { account } = member;
      if (long || this.#dueMs(member, account.next) <= now) {
        account.giveExtra({ outcome: "failed", cause: "suspended" }, clock.now());
      }
      account.skipTo(next);
    }
    this.#planned = undefined;
    if (this.members.length > 0) this.replan();
  }

  /** Ends all processes and waits until they are reaped. */
  async stop(): Promise<void> {
    for (const run of this.#retiring) this.#end(run);
    if (this.#current !== undefined) this.#end(this.#current);
    this.#planned = undefined;
    await Promise.all(this.#stopping);
  }

  /** Whether it has neither targets nor processes left. */
  get idle(): boolean {
    return this.members.length === 0 && this.#current === undefined && this.#retiring.length === 0;
  }

  #beginOf(round: number): number {
    return this.#epochMs + round * this.group.intervalMs;
  }

  #dueMs(member: Member, round: number): number {
    return this.#beginOf(round) + member.phaseMs;
  }

  #takeOver(round: number): void {
    this.#planned = undefined;
    const old = this.#current;
    if (old !== undefined) {
      old.end = round;
      this.#retiring.push(old);
      this.#current = undefined;
    }
    for (const { account } of this.members) account.gapCause = "no-engine";
    if (this.members.length > 0) this.#current = this.#start(round);
  }

  #start(first: number): Run | undefined {
    const { spawn, clock, version } = this.#tools;
    const byAddress = new Map<string, Member[]>();
    for (const member of this.members) {
      if (member.address === undefined) continue;
      const twins = byAddress.get(member.address);
      if (twins === undefined) byAddress.set(member.address, [member]);
      else twins.push(member);
    }
    const spacing = spacingMs(byAddress.size, this.group.intervalMs);
    const now = clock.monotonic();
    const run: Run = {
      first,
      end: Infinity,
      members: byAddress,
      process: undefined,
      alive: true,
      lastLineMs: now,
      lagMs: 0,
    };
    try {
      run.process = new FpingProcess({
        args: fpingArgs(this.group, [...byAddress.keys()], { version: version(), spacingMs: spacing }),
        spawn,
        clock,
        gatherMs: gatherMs(byAddress.size, this.group.intervalMs),
        onLine: (line) => this.#readLine(run, line),
        onComplaint: (line) => this.#readComplaint(run, line),
        onEnd: (how) => this.#died(run, how),
      });
    } catch (error) {
      this.#died(run, error instanceof Error ? error.message : String(error));
      return undefined;
    }
    let phaseMs = 0;
    for (const twins of byAddress.values()) {
      for (const member of twins) {
        member.phaseMs = phaseMs;
        member.runs = [run, ...member.runs.filter((other) => other.alive)];
      }
      phaseMs += spacing;
    }
    return run;
  }

  #died(run: Run, how: string): void {
    if (!run.alive) return;
    run.alive = false;
    const { clock, log } = this.#tools;
    const retired = run !== this.#current && run.end < Infinity;
    this.#retiring = this.#retiring.filter((other) => other !== run);
    if (retired) return;
    this.#current = undefined;
    this.#failures++;
    const delayMs = Math.round(this.#backoff.next());
    this.#notBeforeMs = clock.monotonic() + delayMs;
    this.#planned = undefined;
    this.replan();
    this.#tools.events.onRestart?.("fping");
    const say = this.#failures === 1 ? log.warn : log.debug;
    say("The fping for {targets} targets {how}; it is started again", { targets: this.members.length, how, delayMs });
  }

  #end(run: Run): void {
    run.alive = false;
    const { process } = run;
    if (process === undefined) return;
    const stopping: Promise<void> = process.stop().then(() => void this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  #readLine(run: Run, text: string): void {
    const line = readLine(text);
    if (line.kind === "noise") return;
    if (line.kind === "garbage") {
      this.#tools.warnOnce("fping printed a line that is not understood: {line}", { line: text.slice(0, 200) });
      return;
    }
    const { timeoutMs } = this.group;
    if (line.kind === "reply") this.#take(run, line.probe, replyOf(line.rttMs), line.rttMs);
    else if (line.kind === "lost") this.#take(run, line.probe, { outcome: "lost", cause: "timeout" }, timeoutMs);
    else this.#remember(run, line.probe);
  }

  #take(run: Run, probe: Probe, outcome: Outcome, waitedMs: number): void {
    const members = run.members.get(probe.address);
    const round = run.first + probe.index;
    if (members === undefined || !run.alive || round >= run.end) return;
    const { clock, events } = this.#tools;
    const now = clock.monotonic();
    const wallNow = clock.now();
    const waited = Number.isFinite(waitedMs) && waitedMs >= 0 ? Math.min(waitedMs, this.group.timeoutMs) : 0;
    for (const member of members) {
      const due = this.#dueMs(member, round);
      // From the future: fping catches up on a clock that jumped. The next tick deals with that.
      if (due > now + this.group.intervalMs) continue;
      if (!isInCharge(member, run, round)) continue;
      const at = this.#sentAt(probe.stampMs, waited, due);
      run.lastLineMs = now;
      run.lagMs = now - waited - due;
      // By fping's own stamp: its lines wait in the pipe before they are read.
      events.onLate?.(Math.max(0, now - (wallNow - at) - due));
      this.#failures = 0;
      this.#backoff.reset();
      this.#settleSkipped(member, round);
      member.account.settle(round, this.#asUnreachable(member, outcome, due, now), at);
    }
  }

  /** When a ping was sent: fping's own time of the line where that is plausible, else when it was due. */
  #sentAt(stampMs: number | undefined, waitedMs: number, dueMs: number): number {
    const { clock } = this.#tools;
    const wallNow = clock.now();
    const plausibleMs = this.group.intervalMs + this.group.timeoutMs + 60_000;
    if (stampMs !== undefined && Math.abs(stampMs - wallNow) < plausibleMs) return stampMs - waitedMs;
    return wallNow - Math.max(0, clock.monotonic() - dueMs);
  }

  /** A ping that another address answered is lost, unless the host itself still answers. */
  #remember(run: Run, probe: Probe): void {
    this.#foreign(probe.address);
    const round = run.first + probe.index;
    for (const { account } of run.members.get(probe.address) ?? []) account.foreignRound = round;
  }

  #foreign(address: string): void {
    this.#tools.warnOnce("A ping to {address} was answered from another address", { address });
  }

  #asUnreachable(member: Member, outcome: Outcome, dueMs: number, nowMs: number): Outcome {
    const silent = outcome.outcome === "lost";
    const told = member.account.icmpErrorMs >= dueMs && member.account.icmpErrorMs <= nowMs;
    return silent && told ? { outcome: "lost", cause: "unreachable" } : outcome;
  }

  /** Rounds so far before `round` that fping must have spoken of by now were never sent. */
  #settleSkipped(member: Member, round: number): void {
    const { intervalMs, timeoutMs } = this.group;
    const { account } = member;
    for (let skipped = account.next; skipped < round; skipped++) {
      // A quarter of the interval leaves room for the pace to waver.
      if ((round - skipped - 0.25) * intervalMs < timeoutMs) return;
      this.#settleSilent(member, skipped);
    }
  }

  /** A round that fping said nothing of: 4.x is silent about lost pings, 5.x only about those that were not sent. */
  #settleSilent(member: Member, round: number): void {
    const { clock, version } = this.#tools;
    const { account } = member;
    const now = clock.monotonic();
    const due = this.#dueMs(member, round);
    const run = member.runs.find((run) => isInCharge(member, run, round));
    const at = clock.now() - Math.max(0, now - due);
    if (run === undefined) account.settle(round, { outcome: "failed", cause: account.gapCause }, at);
    else if (account.foreignRound === round || !version().saysTimedOut) {
      account.settle(round, this.#asUnreachable(member, { outcome: "lost", cause: "timeout" }, due, now), at);
    } else {
      const cause: FailedCause = run.lagMs > this.group.intervalMs ? "overload" : "send-error";
      account.settle(round, { outcome: "failed", cause }, at);
    }
  }

  /** Settles the rounds for which nothing can come any more. */
  #settleMissing(member: Member, now: number): void {
    const { intervalMs, timeoutMs } = this.group;
    const { account } = member;
    for (let round = account.next;; round++) {
      const due = this.#dueMs(member, round);
      if (due > now) return;
      const inCharge = member.runs.some((run) => isInCharge(member, run, round));
      if (inCharge && now < due + timeoutMs + intervalMs) return;
      this.#settleSilent(member, round);
    }
  }

  #readComplaint(run: Run, text: string): void {
    const complaint = readComplaint(text);
    if (complaint.kind === "icmp-error") {
      const now = this.#tools.clock.monotonic();
      for (const { account } of run.members.get(complaint.address) ?? []) account.icmpErrorMs = now;
    } else if (complaint.kind === "foreign") this.#foreign("one of the targets");
    else if (complaint.kind === "other") {
      this.#tools.warnOnce("fping says: {line}", { line: text.slice(0, 200) });
    }
  }

  /** Neither answers nor timeouts for three times as long as any ping takes: it hangs, or can send nothing at all. */
  #killHanging(now: number): void {
    const run = this.#current;
    if (run === undefined) return;
    const quietMs = now - run.lastLineMs;
    if (quietMs < 3 * (this.group.intervalMs + this.group.timeoutMs) || !this.#tools.version().saysTimedOut) return;
    this.#end(run);
    run.alive = true;
    this.#died(run, "printed nothing for a long time");
  }

  #endRetired(now: number): void {
    const { intervalMs, timeoutMs } = this.group;
    this.#retiring = this.#retiring.filter((run) => {
      const late = now > this.#beginOf(run.end) + timeoutMs + intervalMs;
      const open = [...run.members.values()].flat().some(({ account }) => !account.closed && account.next < run.end);
      if (open && !late) return true;
      this.#end(run);
      return false;
    });
  }
}

/** Whether `run` is the process that pings `member` in `round`. */
function isInCharge(member: Member, run: Run, round: number): boolean {
  return member.runs.find((other) => other.alive && round >= other.first && round < other.end) === run;
}
