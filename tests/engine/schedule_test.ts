import assert from "node:assert/strict";
import { phaseMs, phaseSpanMs } from "../../lib/engine/phase.ts";
import { createSchedule, type ScheduleOptions } from "../../lib/engine/schedule.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Watch } from "../../lib/engine.ts";
import type { Outcome, PingResult } from "../../lib/result.ts";
import type { Target } from "../../lib/target.ts";
import { FakeClock, settle } from "../fake_clock.ts";

const REPLY: Outcome = { outcome: "reply", rttMs: 1 };

Deno.test("schedule keeps to its grid for a day, however long each probe takes", async () => {
  const clock = new FakeClock();
  const starts: number[] = [];
  const run = watch(["a"], { clock, intervalMs: 10_000, probe: probeOf(clock, (n) => 7 * (n % 900), starts) });
  for (let hour = 0; hour < 24; hour++) await clock.advance(3_600_000);
  await run.end();
  assert.equal(starts.length, 8641);
  assert.deepEqual(starts, starts.map((_, k) => k * 10_000));
  assert.equal(run.results.length, 8640, "the last is under way");
});

Deno.test("schedule begins a handful of targets within a second, the first at once", async () => {
  const clock = new FakeClock();
  const hosts = Array.from({ length: 32 }, (_, n) => `10.0.0.${n}`);
  const run = watch(hosts, { clock, intervalMs: 10_000, rounds: 1 });
  await clock.advance(0);
  assert.ok(run.results.length >= 1);
  await clock.advance(1000);
  assert.equal(run.results.length, 32);
  await run.ended;
});

Deno.test("schedule spreads a fleet evenly over the interval, and at the same places each round", async () => {
  const clock = new FakeClock();
  const starts = new Map<string, number[]>();
  const hosts = Array.from({ length: 10_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
  const run = watch(hosts, {
    clock,
    intervalMs: 10_000,
    probe: (target) => {
      starts.set(target.host, [...(starts.get(target.host) ?? []), clock.monotonic()]);
      return Promise.resolve(REPLY);
    },
  });
  const perTenth: number[] = [];
  for (let tenth = 0; tenth < 20; tenth++) {
    const before = run.results.length;
    await clock.advance(tenth < 19 ? 1000 : 999);
    perTenth.push(run.results.length - before);
  }
  await run.end();
  assert.equal(run.results.length, 20_000);
  assert.ok(perTenth.every((count) => count > 800 && count < 1200), perTenth.join());
  for (const [first = NaN, second = NaN] of starts.values()) assert.ok(Math.abs(second - first - 10_000) < 1e-3);
});

Deno.test("phaseMs depends on the host alone and stays within the span", () => {
  const phases = Array.from({ length: 1000 }, (_, n) => phaseMs(`host-${n}.example.com`, 500));
  assert.ok(phases.every((phase) => phase >= 0 && phase < 500));
  assert.equal(new Set(phases).size, 1000);
  assert.equal(phaseMs("10.0.0.1", 1000), 2 * phaseMs("10.0.0.1", 500));
  assert.deepEqual([phaseSpanMs(32, 10_000), phaseSpanMs(33, 10_000), phaseSpanMs(1, 200)], [1000, 10_000, 200]);
});

Deno.test("schedule never has two probes of one target at once, and calls what it cannot begin overload", async () => {
  const clock = new FakeClock();
  const starts: number[] = [];
  const run = watch(["a"], { clock, intervalMs: 1000, rounds: 10, probe: probeOf(clock, () => 2500, starts) });
  await clock.advance(20_000);
  await run.ended;
  assert.equal(run.results.length, 10);
  assert.equal(run.mostAtOnce, 1);
  // Rounds 0, 2, 5, 7 begin; those that come due twice while one is under way are overload.
  assert.deepEqual(starts.slice(0, 3), [0, 2500, 5000]);
  assert.deepEqual(run.results.filter((r) => r.outcome === "failed").map(say)[0], "failed/overload");
  assertGrows(run.results.map((r) => r.at).sort((a, b) => a - b));
});

Deno.test("schedule has at most `concurrency` probes, and gives one result for each target and round even so", async () => {
  const clock = new FakeClock();
  const hosts = Array.from({ length: 100 }, (_, n) => `h${n}`);
  const run = watch(hosts, { clock, intervalMs: 1000, rounds: 5, concurrency: 8, probe: probeOf(clock, () => 300) });
  await clock.advance(60_000);
  await run.ended;
  assert.equal(run.mostAtOnce, 8);
  for (const host of hosts) {
    const own = run.results.filter((r) => r.host === host);
    assert.equal(own.length, 5, host);
    assertGrows(own.map((r) => r.at).sort((a, b) => a - b));
  }
  assert.ok(run.results.some((r) => say(r) === "failed/overload"));
});

Deno.test("schedule begins a round late where the probe before took a little too long", async () => {
  const clock = new FakeClock();
  const starts: number[] = [];
  const run = watch(["a"], {
    clock,
    intervalMs: 1000,
    rounds: 3,
    probe: probeOf(clock, (n) => n === 0 ? 1400 : 10, starts),
  });
  await clock.advance(5000);
  await run.ended;
  assert.deepEqual(starts, [0, 1400, 2000]);
  assert.ok(run.results.every((r) => r.outcome === "reply"));
});

Deno.test("schedule gives one suspended result a target after a standstill, no burst, and goes on with the grid", async () => {
  const clock = new JumpClock();
  const starts: number[] = [];
  const run = watch(["a", "b"], { clock, intervalMs: 1000, probe: probeOf(clock, () => 0, starts) });
  await clock.advance(3000);
  const before = run.results.length;
  const phases = starts.slice(-2).map((start) => start % 1000);
  clock.jump(3_600_000);
  await settle();
  assert.deepEqual(run.results.slice(before).map((r) => [r.host, say(r)]).sort(), [
    ["a", "failed/suspended"],
    ["b", "failed/suspended"],
  ]);
  await clock.advance(1000);
  assert.deepEqual(run.results.slice(before + 2).map(say), ["reply", "reply"]);
  assert.deepEqual(starts.slice(-2).map((start) => start % 1000), phases);
  for (const host of ["a", "b"]) assertGrows(run.results.filter((r) => r.host === host).map((r) => r.at));
  await run.end();
});

Deno.test("schedule runs late what a short standstill delayed, and calls the rest overload", async () => {
  const clock = new JumpClock();
  const run = watch(["a"], { clock, intervalMs: 1000, rounds: 6 });
  await clock.advance(0);
  clock.jump(3500);
  await clock.advance(3000);
  await run.ended;
  assert.deepEqual(run.results.map(say), ["reply", "failed/overload", "failed/overload", "reply", "reply", "reply"]);
});

Deno.test("schedule calls silence suspended where the machine slept between question and answer", async () => {
  const clock = new FakeClock();
  const lost: Outcome = { outcome: "lost", cause: "timeout" };
  const run = watch(["a"], { clock, intervalMs: 1000, rounds: 2, probe: () => clock.sleep(500).then(() => lost) });
  await clock.advance(100);
  clock.stepWall(60_000);
  await clock.advance(2000);
  await run.ended;
  assert.deepEqual(run.results.map(say), ["failed/suspended", "lost/timeout"]);
});

Deno.test("schedule's pace does not change with the wall clock, and `at` never repeats or goes back", async () => {
  const clock = new FakeClock();
  const starts: number[] = [];
  const run = watch(["a"], { clock, intervalMs: 1000, rounds: 9, probe: probeOf(clock, () => 10, starts) });
  await clock.advance(2500);
  clock.stepWall(-3_600_000);
  await clock.advance(3000);
  clock.stepWall(7_200_000);
  await clock.advance(5000);
  await run.ended;
  assert.deepEqual(starts, Array.from({ length: 9 }, (_, k) => k * 1000));
  assert.deepEqual(run.results.map(say), Array(9).fill("reply"));
  assertGrows(run.results.map((r) => r.at));
});

Deno.test("schedule leaves those that stay undisturbed when targets come and go", async () => {
  const clock = new FakeClock();
  const starts = new Map<string, number[]>();
  const run = watch(["a", "b"], {
    clock,
    intervalMs: 1000,
    probe: ({ host }, signal) => {
      starts.set(host, [...(starts.get(host) ?? []), clock.monotonic()]);
      return clock.sleep(100, signal).then(() => REPLY);
    },
  });
  await clock.advance(4100);
  const many = Array.from({ length: 100 }, (_, n) => target(`new-${n}`));
  run.watch.update([target("a"), ...many]);
  await clock.advance(2900);
  run.watch.update([target("a"), target("b")]);
  await clock.advance(2000);
  await run.end();
  const gaps = (starts.get("a") ?? []).slice(1).map((start, k) => Math.round(start - (starts.get("a")?.[k] ?? NaN)));
  assert.deepEqual(gaps, Array(gaps.length).fill(1000));
  assert.ok(many.every(({ host }) => run.results.filter((r) => r.host === host).length >= 2));
  for (const host of ["a", "b"]) assertGrows(run.results.filter((r) => r.host === host).map((r) => r.at));
});

Deno.test("schedule gives nothing for a target that goes while it is probed, and waits before probing it anew", async () => {
  const clock = new FakeClock();
  const run = watch(["a", "b"], { clock, intervalMs: 1000, probe: probeOf(clock, () => 900) });
  await clock.advance(1);
  run.watch.update([target("b")]);
  run.watch.update([target("a"), target("b")]);
  await clock.advance(5000);
  await run.end();
  assert.equal(run.mostOfOne, 1);
  const own = run.results.filter((r) => r.host === "a");
  assert.ok(own.length >= 4 && own.length <= 5, String(own.length));
});

Deno.test("schedule honours a target's own interval, and calls a probe that throws failed/no-engine", async () => {
  const clock = new FakeClock();
  const slow = { ...target("slow"), intervalMs: 5000, name: "Slow" };
  const probe = ({ host }: Target) => host === "slow" ? Promise.resolve(REPLY) : Promise.reject(new Error("broken"));
  const run = watch([slow, target("fast")], { clock, intervalMs: 1000, probe });
  await clock.advance(11_500);
  await run.end();
  assert.equal(run.results.filter((r) => r.name === "Slow").length, 3);
  assert.ok(run.results.filter((r) => r.host === "fast").length >= 10);
  assert.deepEqual([...new Set(run.results.map(say))].sort(), ["failed/no-engine", "reply"]);
});

Deno.test("schedule ends when told to, when all rounds are done and when its reader leaves", async () => {
  const clock = new FakeClock();
  const stopped = watch(["a"], { clock, intervalMs: 1000, probe: probeOf(clock, () => 500) });
  await clock.advance(100);
  stopped.stop.abort();
  await clock.advance(500);
  await stopped.ended;
  assert.equal(stopped.results.length, 0);

  const left = createSchedule([target("a")], {
    clock,
    intervalMs: 1000,
    probe: () => Promise.resolve(REPLY),
    signal: never(),
  });
  for await (const _ of left) break;
  await assert.rejects(async () => {
    for await (const _ of left) break;
  }, { name: "TypeError", message: "Cannot iterate a watch twice" });

  const none = watch([], { clock, intervalMs: 1000, rounds: 1 });
  await none.ended;
  assert.equal(clock.sleeping, 0);
});

/** Moves monotonic time as a stopped process sees it: all at once, what was due meanwhile included. */
class JumpClock extends FakeClock {
  #ahead = 0;
  override now(): number {
    return super.now() + this.#ahead;
  }
  override monotonic(): number {
    return super.monotonic() + this.#ahead;
  }
  #wakers = new Set<() => void>();
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    const woken = new Promise<void>((resolve) => this.#wakers.add(resolve));
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    return Promise.race([super.sleep(ms, either), woken]).finally(() => stop.abort());
  }
  jump(ms: number): void {
    this.#ahead += ms;
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

interface Running {
  readonly watch: Watch;
  readonly results: PingResult[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  mostAtOnce: number;
  mostOfOne: number;
  end(): Promise<void>;
}

type Options = Partial<ScheduleOptions> & { readonly clock: Clock; readonly intervalMs: number };

function watch(targets: readonly (string | Target)[], options: Options): Running {
  const { probe = () => Promise.resolve(REPLY) } = options;
  const stop = new AbortController();
  const busy: string[] = [];
  const schedule = createSchedule(targets.map((t) => typeof t === "string" ? target(t) : t), {
    signal: stop.signal,
    ...options,
    async probe(target, signal) {
      busy.push(target.host);
      running.mostAtOnce = Math.max(running.mostAtOnce, busy.length);
      running.mostOfOne = Math.max(running.mostOfOne, busy.filter((host) => host === target.host).length);
      try {
        return await probe(target, signal);
      } finally {
        busy.splice(busy.indexOf(target.host), 1);
      }
    },
  });
  const results: PingResult[] = [];
  const running: Running = {
    watch: schedule,
    results,
    stop,
    mostAtOnce: 0,
    mostOfOne: 0,
    ended: Promise.resolve().then(async () => {
      for await (const result of schedule) results.push(result);
    }),
    end() {
      stop.abort();
      return running.ended;
    },
  };
  return running;
}

/** A probe whose n-th run takes `ms(n)`, or until it is told to stop. */
function probeOf(clock: Clock, ms: (n: number) => number, starts: number[] = []) {
  let n = 0;
  return async (_: Target, signal: AbortSignal): Promise<Outcome> => {
    starts.push(clock.monotonic());
    await clock.sleep(ms(n++), signal);
    return REPLY;
  };
}

function target(host: string): Target {
  return { host, family: "any" };
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function say(result: PingResult): string {
  return result.outcome === "reply" ? "reply" : `${result.outcome}/${result.cause}`;
}

function assertGrows(times: readonly number[]): void {
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
}
