import assert from "node:assert/strict";
import { checkFping, createFpingEngine } from "../../lib/engine/fping.ts";
import type { Log } from "../../lib/log.ts";
import type { PingResult } from "../../lib/result.ts";
import { parseTarget, type Target } from "../../lib/target.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeFping } from "./fake_fping.ts";

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 2000;

/** An engine on a clock and an fping of the test's own, and what it gave so far. */
class Stage {
  readonly clock = new FakeClock();
  readonly fping = new FakeFping(this.clock);
  readonly results: PingResult[] = [];
  readonly warnings: string[] = [];
  readonly addresses = new Map<string, readonly string[]>();
  readonly #stop = new AbortController();
  readonly #watch;
  readonly #reading: Promise<void>;

  constructor(hosts: readonly string[], { rounds, missing = false, version, addresses = {} }: {
    readonly rounds?: number;
    readonly missing?: boolean;
    readonly version?: string;
    readonly addresses?: Record<string, readonly string[]>;
  } = {}) {
    this.fping.missing = missing;
    if (version !== undefined) this.fping.version = version;
    for (const [name, found] of Object.entries(addresses)) this.addresses.set(name, found);
    const write = (message: string, fields: Record<string, unknown> = {}) =>
      void this.warnings.push(message.replace(/\{(\w+)\}/g, (_, key) => String(fields[key])));
    const log: Log = { debug() {}, info: write, warn: write, error: write };
    const engine = createFpingEngine({
      clock: this.clock,
      run: this.fping.run,
      spawn: this.fping.spawn,
      random: () => 1,
      log,
      resolve: (host) => Promise.resolve(this.addresses.get(host) ?? []),
    });
    const options = { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS, signal: this.#stop.signal };
    this.#watch = engine.watch(targetsOf(hosts), rounds === undefined ? options : { ...options, rounds });
    this.#reading = this.#read();
  }

  update(hosts: readonly string[]): void {
    this.#watch.update(targetsOf(hosts));
  }

  updateTargets(targets: readonly Target[]): void {
    this.#watch.update(targets);
  }

  /** The outcomes of one host, in order. */
  of(host: string): string[] {
    return this.results.filter((result) => result.host === host).map(say);
  }

  ats(host: string): number[] {
    return this.results.filter((result) => result.host === host).map(({ at }) => at - Date.UTC(2026, 0, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(5000);
    await this.#reading;
    assert.equal(this.fping.children.length, 0);
    assert.equal(this.clock.sleeping, 0);
  }

  async #read(): Promise<void> {
    for await (const result of this.#watch) this.results.push(result);
  }
}

function targetsOf(hosts: readonly string[]): Target[] {
  return hosts.map((host) => parseTarget(host));
}

function say(result: PingResult): string {
  return result.outcome === "reply" ? "reply" : `${result.outcome}/${result.cause}`;
}

Deno.test("fping engine gives one result a round, with the time that each ping was sent", async () => {
  await using stage = new Stage(["10.0.0.1", "10.0.0.2"]);
  stage.fping.fates.set("10.0.0.2", "lost");
  await stage.clock.advance(29_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "reply", "reply"]);
  assert.deepEqual(stage.of("10.0.0.2"), ["lost/timeout", "lost/timeout", "lost/timeout"]);
  assert.deepEqual(stage.ats("10.0.0.1").map((at) => Math.round(at / 10) * 10), [0, 10_000, 20_000]);
  assert.deepEqual(stage.ats("10.0.0.2").map((at) => Math.round(at / 10) * 10), [500, 10_500, 20_500]);
});

Deno.test("fping engine ends after the rounds that were asked for", async () => {
  await using stage = new Stage(["10.0.0.1", "10.0.0.2"], { rounds: 2 });
  stage.fping.fates.set("10.0.0.2", "unsent");
  await stage.clock.advance(60_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "reply"]);
  assert.deepEqual(stage.of("10.0.0.2"), ["failed/send-error", "failed/send-error"]);
});

Deno.test("fping engine settles what fping is silent about within interval and timeout", async () => {
  await using stage = new Stage(["10.0.0.1", "10.0.0.2"]);
  stage.fping.fates.set("10.0.0.2", "unsent");
  await stage.clock.advance(500 + INTERVAL_MS + TIMEOUT_MS - 100);
  assert.deepEqual(stage.of("10.0.0.2"), []);
  await stage.clock.advance(1200);
  assert.deepEqual(stage.of("10.0.0.2"), ["failed/send-error"]);
});

Deno.test("fping engine says failed/send-error at once when the next round comes, in the order of the rounds", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  stage.fping.fates.set("10.0.0.1", "unsent");
  await stage.clock.advance(5000);
  stage.fping.fates.set("10.0.0.1", "reply");
  await stage.clock.advance(6500);
  assert.deepEqual(stage.of("10.0.0.1"), ["failed/send-error", "reply"]);
});

Deno.test("fping engine takes the silence of fping 4 for lost", async () => {
  await using stage = new Stage(["10.0.0.1"], { version: "fping: Version 4.4\n" });
  stage.fping.fates.set("10.0.0.1", "unsent");
  await stage.clock.advance(14_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["lost/timeout"]);
});

Deno.test("fping engine lets fping 5.3 check the source, and 5.1 not, which knows no such option", async () => {
  for (const [version, checks] of [["5.1", false], ["5.3", true]] as const) {
    await using stage = new Stage(["10.0.0.1"], { version: `fping: Version ${version}\n` });
    await stage.clock.advance(1000);
    assert.equal(stage.fping.started[0]?.includes("--check-source"), checks);
  }
});

Deno.test("fping engine gives lost/unreachable where an ICMP error came back within the wait", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  stage.fping.fates.set("10.0.0.1", "lost");
  await stage.clock.advance(500);
  stage.fping.children[0]?.complain("ICMP Host Unreachable from 10.0.0.254 for ICMP Echo sent to 10.0.0.1");
  await stage.clock.advance(14_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["lost/unreachable", "lost/timeout"]);
});

Deno.test("fping engine counts no duplicate, no garbage and no answer from another address", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  stage.fping.fates.set("10.0.0.1", "unsent");
  await stage.clock.advance(100);
  const [child] = stage.fping.children;
  const line = (rest: string) => child?.say(`[${(stage.clock.now() / 1000).toFixed(5)}] 10.0.0.1 : ${rest}`);
  line("[0], 64 bytes, 0.100 ms (0.100 avg, 0% loss)");
  line("[0], 64 bytes, 0.200 ms (0.200 avg, 0% loss)");
  line("duplicate for [0], 64 bytes, 0.300 ms");
  child?.say("what is this?");
  child?.say("nor this");
  child?.say("10.0.0.77 : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss)");
  await stage.clock.advance(11_000);
  line("[1], 64 bytes, 0.400 ms (0.400 avg, 0% loss) [<- 10.0.0.9]");
  await stage.clock.advance(12_000);
  line("[2], 64 bytes, -3e+03 ms (0.400 avg, 0% loss)");
  await stage.clock.advance(1000);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "lost/timeout", "failed/send-error"]);
  assert.equal(stage.results.length, 3);
  assert.equal(stage.warnings.filter((text) => text.includes("not understood")).length, 1);
});

Deno.test("fping engine says failed/no-engine, one a round, while fping is dead, and starts it again with backoff", async () => {
  await using stage = new Stage(["10.0.0.1", "10.0.0.2"]);
  await stage.clock.advance(12_000);
  stage.fping.missing = true;
  stage.fping.children[0]?.die(1);
  await stage.clock.advance(27_500);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "reply", "failed/no-engine", "failed/no-engine"]);
  stage.fping.missing = false;
  await stage.clock.advance(30_000);
  for (const host of ["10.0.0.1", "10.0.0.2"]) {
    assert.equal(stage.of(host).at(-1), "reply");
    assert.equal(stage.of(host).length, 7);
  }
});

Deno.test("fping engine starts again later and later, and says it once", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  for (let death = 0; death < 6; death++) {
    await stage.clock.advance(40_000);
    stage.fping.children[0]?.die(1);
  }
  const alive = stage.fping.started.length;
  stage.fping.missing = true;
  await stage.clock.advance(300_000);
  assert.ok(stage.warnings.filter((text) => text.includes("started again")).length <= 7);
  stage.fping.missing = false;
  await stage.clock.advance(60_000);
  assert.equal(stage.fping.started.length, alive + 1);
});

Deno.test("fping engine goes on without an fping: failed/no-engine", async () => {
  await using stage = new Stage(["10.0.0.1"], { missing: true });
  await stage.clock.advance(25_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["failed/no-engine", "failed/no-engine", "failed/no-engine"]);
});

Deno.test("fping engine kills an fping that hangs, and gives a result for each round meanwhile", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  await stage.clock.advance(5000);
  const [first] = stage.fping.children;
  assert.ok(first !== undefined);
  first.hangs = true;
  await stage.clock.advance(60_000);
  assert.ok(!stage.fping.children.includes(first));
  assert.equal(stage.of("10.0.0.1").length, 7);
  assert.equal(stage.of("10.0.0.1").at(-1), "reply");
});

Deno.test("fping engine adds and removes targets without a lost or doubled round of the others", async () => {
  await using stage = new Stage(["10.0.0.1", "10.0.0.2"]);
  stage.fping.fates.set("10.0.0.2", "lost");
  await stage.clock.advance(19_900);
  stage.update(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  await stage.clock.advance(20_000);
  stage.update(["10.0.0.2", "10.0.0.3"]);
  await stage.clock.advance(20_000);
  assert.deepEqual(stage.of("10.0.0.1"), Array(4).fill("reply"));
  assert.deepEqual(stage.of("10.0.0.2"), Array(6).fill("lost/timeout"));
  assert.deepEqual(stage.of("10.0.0.3"), Array(4).fill("reply"));
  assert.equal(stage.fping.children.length, 1);
  assert.equal(stage.fping.started.length, 3);
});

Deno.test("fping engine takes a second process beyond 5,000 targets, and a change restarts only its own", async () => {
  const hosts = Array.from({ length: 5004 }, (_, index) => `127.0.${index >> 8}.${index & 255}`);
  await using stage = new Stage(hosts.slice(0, 5003));
  await stage.clock.advance(5500);
  const before = [...stage.fping.children];
  assert.deepEqual(before.map(({ addresses }) => addresses.length), [2502, 2501]);
  stage.update(hosts);
  await stage.clock.advance(15_000);
  assert.deepEqual(stage.fping.children.map((child) => before.includes(child)), [true, false]);
  assert.deepEqual(stage.fping.children.map(({ addresses }) => addresses.length), [2502, 2502]);
});

Deno.test("fping engine gives each target its own interval, timeout and size", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  await stage.clock.advance(100);
  stage.updateTargets([parseTarget("10.0.0.1"), {
    ...parseTarget("10.0.0.2"),
    intervalMs: 2000,
    timeoutMs: 700,
    sizeBytes: 120,
  }]);
  await stage.clock.advance(19_000);
  const option = (args: readonly string[] | undefined, name: string) => args?.[args.indexOf(name) + 1];
  const own = stage.fping.started.find((args) => args.at(-1) === "10.0.0.2");
  assert.deepEqual(["-p", "-t", "-b"].map((name) => option(own, name)), ["2000", "700", "120"]);
  assert.equal(stage.of("10.0.0.1").length, 2);
  assert.ok(stage.of("10.0.0.2").length >= 9);
});

Deno.test("fping engine gives one failed/suspended a target after a suspend, and no burst", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  await stage.clock.advance(12_000);
  stage.clock.stepWall(3_600_000);
  await stage.clock.advance(10_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "reply", "failed/suspended", "reply"]);
});

Deno.test("fping engine takes the pings under way at a suspend for suspended, and for nothing else", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  stage.fping.fates.set("10.0.0.1", "lost");
  await stage.clock.advance(10_500);
  stage.clock.stepWall(3_600_000);
  await stage.clock.advance(13_500);
  assert.deepEqual(stage.of("10.0.0.1"), ["lost/timeout", "failed/suspended", "lost/timeout"]);
});

Deno.test("fping engine goes on after the wall clock was set back, with times that only grow", async () => {
  await using stage = new Stage(["10.0.0.1"]);
  await stage.clock.advance(12_000);
  stage.clock.stepWall(-3_600_000);
  await stage.clock.advance(20_000);
  assert.deepEqual(stage.of("10.0.0.1"), ["reply", "reply", "reply", "reply"]);
  const ats = stage.ats("10.0.0.1");
  assert.ok(ats.every((at, index) => index === 0 || at > (ats[index - 1] ?? 0)));
});

Deno.test("fping engine gives both of two names at one address their results from one ping", async () => {
  await using stage = new Stage(["a.test", "b.test"], {
    addresses: { "a.test": ["10.0.0.1"], "b.test": ["10.0.0.1"] },
  });
  await stage.clock.advance(15_000);
  assert.deepEqual(stage.of("a.test"), ["reply", "reply"]);
  assert.deepEqual(stage.of("b.test"), ["reply", "reply"]);
  assert.deepEqual(stage.fping.children.map(({ addresses }) => addresses), [["10.0.0.1"]]);
});

Deno.test("fping engine says failed/unresolved for one name alone, and pings it once it resolves", async () => {
  await using stage = new Stage(["a.test", "10.0.0.2"]);
  await stage.clock.advance(15_000);
  assert.deepEqual(stage.of("a.test"), ["failed/unresolved", "failed/unresolved"]);
  assert.deepEqual(stage.of("10.0.0.2"), ["reply", "reply"]);
  stage.addresses.set("a.test", ["10.0.0.1"]);
  await stage.clock.advance(60_000);
  assert.deepEqual(stage.of("a.test").slice(-3), ["reply", "reply", "reply"]);
  assert.deepEqual([...new Set(stage.of("a.test"))], ["failed/unresolved", "reply"]);
  assert.equal(stage.of("a.test").length, stage.of("10.0.0.2").length);
});

Deno.test("fping engine follows a name that stopped answering to its new address, in another family too", async () => {
  await using stage = new Stage(["a.test"], { addresses: { "a.test": ["10.0.0.1"] } });
  stage.fping.fates.set("10.0.0.1", "lost");
  await stage.clock.advance(5000);
  stage.addresses.set("a.test", ["fd00::1"]);
  await stage.clock.advance(60_000);
  assert.equal(stage.of("a.test").at(-1), "reply");
  assert.ok(!stage.of("a.test").some((outcome) => outcome.startsWith("failed")));
  assert.deepEqual(stage.fping.children.map(({ addresses }) => addresses), [["fd00::1"]]);
  assert.ok(stage.warnings.includes("a.test moved from 10.0.0.1 to fd00::1"));
});

Deno.test("checkFping tells the version, and throws where there is no fping", async () => {
  const fping = new FakeFping(new FakeClock());
  assert.equal((await checkFping({ run: fping.run })).text, "5.1");
  fping.missing = true;
  await assert.rejects(checkFping({ run: fping.run }), {
    name: "MissingProgramError",
    message: "Cannot find the program 'fping': install the package fping",
  });
});
