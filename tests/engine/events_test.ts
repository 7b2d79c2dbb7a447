import assert from "node:assert/strict";
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { createPingEngine } from "../../lib/engine/ping.ts";
import type { Engine } from "../../lib/engine.ts";
import type { EngineEvents } from "../../lib/engine_events.ts";
import type { Target } from "../../lib/target.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeFping } from "./fake_fping.ts";

const A: Target = { host: "10.0.0.1", family: "any" };
const B: Target = { host: "10.0.0.2", family: "any" };

/** Notes what an engine tells. */
function notebook() {
  const late: number[] = [];
  const told: string[] = [];
  const events: EngineEvents = {
    onLate: (ms) => void late.push(ms),
    onRestart: (program) => void told.push(`restart ${program}`),
    onAddressChange: (host) => void told.push(`moved ${host}`),
  };
  return { late, told, events };
}

async function ends(engine: Engine, targets: readonly Target[], clock: FakeClock, body: () => Promise<void>) {
  const stop = new AbortController();
  const reading = (async () => {
    const options = { intervalMs: 10_000, timeoutMs: 1000, signal: stop.signal };
    for await (const _ of engine.watch(targets, options));
  })();
  await body();
  stop.abort();
  await clock.advance(5000);
  await reading;
}

Deno.test("ping engine tells how late each ping begins", async () => {
  const clock = new FakeClock();
  const { late, told, events } = notebook();
  const finished = { code: 0, stdout: "", stderr: "", killed: false, flooded: false };
  // The first ping takes 700 ms, and only one may be under way: the other waits for it.
  const run = () => clock.sleep(700).then(() => finished);
  const engine = createPingEngine({ clock, run, concurrency: 1, os: "linux", events });
  await ends(engine, [A, B], clock, () => clock.advance(9000));
  const [first = NaN, second = NaN] = late;
  assert.equal(late.length, 2);
  assert.equal(first, 0);
  assert.ok(second > 0 && second <= 700, `${second}`);
  assert.deepEqual(told, []);
});

Deno.test("fping engine tells by fping's own stamps how late each ping was, and that it started another", async () => {
  const clock = new FakeClock();
  const fping = new FakeFping(clock);
  // Of a lost ping a line comes only at the end of the wait.
  fping.fates.set(A.host, "lost");
  const { late, told, events } = notebook();
  const engine = createFpingEngine({ clock, run: fping.run, spawn: fping.spawn, random: () => 0, events });
  await ends(engine, [A], clock, async () => {
    await clock.advance(35_000);
    assert.equal(late.length, 4);
    assert.ok(late.every((ms) => ms >= 0 && ms < 1), late.join());
    assert.deepEqual(told, []);
    fping.children[0]?.die(1);
    await clock.advance(5000);
    assert.deepEqual(told, ["restart fping"]);
  });
});

Deno.test("fping engine tells that a name moved, not that it got its first address", async () => {
  const clock = new FakeClock();
  const fping = new FakeFping(clock);
  const { told, events } = notebook();
  let address = "10.0.0.1";
  const resolve = () => Promise.resolve([address]);
  const engine = createFpingEngine({ clock, run: fping.run, spawn: fping.spawn, random: () => 0, resolve, events });
  await ends(engine, [{ host: "a.test", family: "any" }], clock, async () => {
    await clock.advance(60_000);
    assert.deepEqual(told, []);
    address = "10.0.0.2";
    await clock.advance(61_000);
    assert.deepEqual(told, ["moved a.test"]);
  });
});
