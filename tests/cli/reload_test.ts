import assert from "node:assert/strict";
import { createPlanReader, type Plan, type PlanReader, targetsOf } from "../../lib/cli/plan.ts";
import { createReload, type ReloadOptions } from "../../lib/cli/reload.ts";
import { CourierSwitch } from "../../lib/cli/courier_switch.ts";
import type { Courier } from "../../lib/drain.ts";
import type { Engine, Watch } from "../../lib/engine.ts";
import type { Run } from "../../lib/engine/command.ts";
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { createPingEngine } from "../../lib/engine/ping.ts";
import type { PingResult } from "../../lib/result.ts";
import type { Target } from "../../lib/target.ts";
import { ACCEPT } from "../../lib/verdict.ts";
import { FakeFping } from "../engine/fake_fping.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { memoryLog } from "../memory_log.ts";

const NO_IO = {
  args: [],
  out() {},
  err() {},
  readStdin: () => Promise.resolve(""),
  stop: new AbortController().signal,
};

/** A config file that a test changes, and whoever follows it. */
async function following(first: string, more: Partial<ReloadOptions> = {}) {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(path, first);
  const reader = createPlanReader([], { config: path }, NO_IO);
  const plan = await reader.read();
  const { log, lines } = memoryLog();
  const connects: string[] = [];
  const courierTo = (url: string): Courier => ({
    maxBatch: 1,
    stampsOnArrival: true,
    connect: () => Promise.resolve(connects.push(url)).then(() => ACCEPT),
    deliver: (results) => Promise.resolve(results.map(() => ACCEPT)),
  });
  const courier = new CourierSwitch(courierTo("first"));
  const reload = createReload({
    reader,
    plan,
    courier,
    courierTo: ({ recorderUrl }) => Promise.resolve(courierTo(recorderUrl)),
    log,
    io: {},
    ...more,
  });
  const updates: (readonly Target[])[] = [];
  reload.begin({ update: (targets) => updates.push(targets), async *[Symbol.asyncIterator]() {} });
  return {
    reload,
    plan,
    lines,
    updates,
    connects,
    courier,
    write: (text: string) => Deno.writeTextFileSync(path, text),
    close: async () => {
      await reload.end();
      await Deno.remove(path);
    },
  };
}

Deno.test("reload changes the targets, says how many, and does nothing where nothing is different", async () => {
  const told: (readonly Target[])[] = [];
  const it = await following("targets: [192.0.2.1, 192.0.2.2]", { onTargets: (targets) => told.push(targets) });
  it.write("targets: [192.0.2.2, x=192.0.2.3]");
  await it.reload.run("asked");
  assert.deepEqual(it.updates, [[{ host: "192.0.2.2", family: "any" }, {
    host: "192.0.2.3",
    name: "x",
    family: "any",
  }]]);
  assert.deepEqual(it.reload.targets, it.updates[0]);
  assert.deepEqual(told, it.updates, "metrics and the live view follow");
  await it.reload.run("asked");
  assert.equal(it.updates.length, 1);
  assert.deepEqual(it.lines, [
    "info config read again: 1 targets added, 1 removed, 0 changed",
    "info config read again: nothing to change",
  ]);
  await it.close();
});

Deno.test("reload says each mistake of a bad file in a line, and changes nothing", async () => {
  const it = await following("targets: [192.0.2.1]");
  it.write("interval: 0\ntargets: [192.0.2.9, ';']\nrecorder: http://127.0.0.1:9");
  await it.reload.run("asked");
  assert.deepEqual(it.updates, []);
  assert.deepEqual(targetsOf(it.plan), it.reload.targets);
  assert.equal(it.lines.length, 2);
  for (const line of it.lines) assert.match(line, /^error config not changed: .*\.yaml:[12]: /);
  it.write("");
  await it.reload.run("changed");
  assert.match(it.lines[2] ?? "", /must be a mapping of settings: it is empty$/);
  await it.close();
});

Deno.test("reload gives new defaults to the targets without times of their own alone", async () => {
  const it = await following("targets: [192.0.2.1, { host: 192.0.2.2, interval: 20, timeout: 1 }]");
  it.write("interval: 5\ntimeout: 3\ntargets: [192.0.2.1, { host: 192.0.2.2, interval: 20, timeout: 1 }]");
  await it.reload.run("asked");
  assert.deepEqual(it.updates, [[
    { host: "192.0.2.1", family: "any", intervalMs: 5000, timeoutMs: 3000 },
    { host: "192.0.2.2", family: "any", intervalMs: 20_000, timeoutMs: 1000 },
  ]]);
  assert.match(it.lines[0] ?? "", /1 changed$/);
  await it.close();
});

Deno.test("reload sends results elsewhere, and registers new targets before their first result", async () => {
  const it = await following("recorder: http://127.0.0.1:1\ntargets: [192.0.2.1]");
  const signal = new AbortController().signal;
  const result: PingResult = { outcome: "reply", host: "192.0.2.1", at: 0, rttMs: 1 };
  await it.courier.connect(signal);
  it.write("recorder: http://127.0.0.1:1\ntargets: [192.0.2.1, 192.0.2.2]");
  await it.reload.run("asked");
  await it.courier.deliver([result], signal);
  assert.deepEqual(it.connects, ["first", "first"]);
  it.write("recorder: http://127.0.0.1:2\nclient: edge\ntargets: [192.0.2.1, 192.0.2.2]");
  await it.reload.run("asked");
  await it.courier.deliver([result], signal);
  assert.deepEqual(it.connects, ["first", "first", "http://127.0.0.1:2"]);
  assert.match(it.lines[1] ?? "", /results now go to http:\/\/127\.0\.0\.1:2 as edge$/);
  await it.close();
});

Deno.test("reload says what needs a restart, each time, and changes the rest", async () => {
  const it = await following("targets: [192.0.2.1]");
  it.write("engine: fping\nmax-queue: 9\ntargets: [192.0.2.2]");
  await it.reload.run("asked");
  await it.reload.run("asked");
  const warning = "warn max-queue, engine changed in the config: this needs a restart";
  const sorted = (line: string) => line.split(/[ ,]+/).toSorted().join();
  const warned = it.lines.filter((line) => line.startsWith("warn"));
  assert.deepEqual(warned.map(sorted), [sorted(warning), sorted(warning)]);
  assert.equal(it.updates.length, 1);
  await it.close();
});

Deno.test("reload reads one at a time, and once more for all that is asked meanwhile", async () => {
  const { log } = memoryLog();
  const plan = await createPlanReader([], {}, NO_IO).read();
  let reads = 0;
  let atOnce = 0;
  const reader: PlanReader = {
    files: [],
    io: NO_IO,
    async read(): Promise<Plan> {
      assert.equal(++atOnce, 1);
      reads++;
      await settle();
      atOnce--;
      return plan;
    },
  };
  const reload = createReload({ reader, plan, courierTo: () => Promise.reject(new Error()), log, io: {} });
  await Promise.all([reload.run("asked"), reload.run("asked"), reload.run("changed"), reload.run("asked")]);
  assert.equal(reads, 2);
  await reload.end();
});

Deno.test("reload listens only where there is a file to read again, and until it ends", async () => {
  const { log } = memoryLog();
  let listening = 0;
  const io = {
    onReload: () => {
      listening++;
      return () => void listening--;
    },
  };
  const none = createPlanReader([], {}, NO_IO);
  const plan = await none.read();
  const watch: Watch = { update() {}, async *[Symbol.asyncIterator]() {} };
  const courierTo = () => Promise.reject(new Error());
  for (const [files, expected] of [[[], 0], [["/nowhere"], 1]] as const) {
    const reload = createReload({ reader: { ...none, files }, plan, courierTo, log, io });
    reload.begin(watch);
    assert.equal(listening, expected);
    await reload.end();
    assert.equal(listening, 0);
  }
});

/** How a fleet is pinged while its file changes all the time. */
const ENGINES: Readonly<Record<string, (clock: FakeClock) => { engine: Engine; children: () => number }>> = {
  fping: (clock) => {
    const fake = new FakeFping(clock);
    const { run, spawn } = fake;
    return {
      engine: createFpingEngine({ clock, run, spawn, random: () => 0.5 }),
      children: () => fake.children.length,
    };
  },
  ping: (clock) => {
    let running = 0;
    const run: Run = async (_, args) => {
      running++;
      await clock.sleep(1);
      running--;
      const host = args.at(-1);
      const stdout =
        `PING ${host} (${host}) 56(84) bytes of data.\n64 bytes from ${host}: icmp_seq=1 ttl=64 time=0.500 ms\n` +
        `\n--- ${host} ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n` +
        "rtt min/avg/max/mdev = 0.500/0.500/0.500/0.000 ms\n";
      return { code: 0, stdout, stderr: "", killed: false, flooded: false };
    };
    return { engine: createPingEngine({ clock, run, os: "linux", concurrency: 1000 }), children: () => running };
  },
};

const host = (index: number) => `127.1.${index >> 8}.${index & 255}`;

for (const [name, make] of Object.entries(ENGINES)) {
  Deno.test(`reload 100 times under 1,000 targets: no round of an untouched target is missed, doubled or moved (${name})`, async () => {
    const clock = new FakeClock();
    const { engine, children } = make(clock);
    const config = (turn: number) =>
      [
        "interval: 10",
        "targets:",
        ...Array.from({ length: 900 }, (_, index) => `  - ${host(index)}`),
        // These come and go, and these change their interval and back.
        ...Array.from({ length: 50 }, (_, index) => `  - ${host(2000 + ((turn * 17 + index) % 200))}`),
        ...Array.from({ length: 50 }, (_, index) => `  - { host: ${host(3000 + index)}, interval: ${5 + turn % 2} }`),
      ].join("\n");
    const it = await following(config(0), { clock });
    const stop = new AbortController();
    const watch = engine.watch(it.reload.targets, { intervalMs: 10_000, timeoutMs: 2000, signal: stop.signal });
    it.reload.begin(watch);
    const seen = new Map<string, PingResult[]>();
    const reading = (async () => {
      for await (const result of watch) {
        const list = seen.get(result.host) ?? [];
        seen.set(result.host, [...list, result]);
      }
    })();
    await clock.advance(15_000);
    let most = 0;
    for (let turn = 1; turn <= 100; turn++) {
      it.write(config(turn));
      await it.reload.run("asked");
      await clock.advance(700);
      most = Math.max(most, children());
    }
    await clock.advance(25_000);
    stop.abort();
    await clock.advance(5000);
    await reading;
    assert.equal(it.lines.filter((line) => line.startsWith("error")).length, 0, it.lines.join("\n"));
    for (let index = 0; index < 900; index++) {
      const results = seen.get(host(index)) ?? [];
      assert.ok(results.length >= 10, `${host(index)} has ${results.length}`);
      for (const [n, { at, outcome }] of results.entries()) {
        assert.equal(outcome, "reply");
        const gap = n === 0 ? 10_000 : at - (results[n - 1]?.at ?? 0);
        // fping's spacing follows the number of targets, so a round may shift within its interval when that changes.
        assert.ok(Math.abs(gap - 10_000) <= (name === "ping" ? 0 : 1500), `${host(index)}: ${gap} ms`);
      }
    }
    assert.equal(children(), 0);
    assert.ok(most <= (name === "ping" ? 1000 : 20), `${most} children at once`);
    await it.close();
  });
}
