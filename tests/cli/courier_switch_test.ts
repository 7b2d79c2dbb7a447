import assert from "node:assert/strict";
import { CourierSwitch } from "../../lib/cli/courier_switch.ts";
import type { Courier } from "../../lib/drain.ts";
import type { PingResult } from "../../lib/result.ts";
import { ACCEPT, type Verdict } from "../../lib/verdict.ts";

const SIGNAL = new AbortController().signal;
const RESULT: PingResult = { outcome: "reply", host: "192.0.2.1", at: 0, rttMs: 1 };

class NotingCourier implements Courier {
  readonly maxBatch = 7;
  stampsOnArrival = false;
  verdict: Verdict = ACCEPT;
  constructor(readonly name: string, readonly seen: string[]) {}

  connect(): Promise<Verdict> {
    this.seen.push(`${this.name} connects`);
    return Promise.resolve(this.verdict);
  }

  deliver(results: readonly PingResult[]): Promise<readonly Verdict[]> {
    this.seen.push(`${this.name} delivers`);
    return Promise.resolve(results.map(() => ACCEPT));
  }
}

Deno.test("CourierSwitch lets the new one connect before it delivers, once for several lanes", async () => {
  const seen: string[] = [];
  const both = new CourierSwitch(new NotingCourier("old", seen));
  await both.connect(SIGNAL);
  await both.deliver([RESULT], SIGNAL);
  both.replace(new NotingCourier("new", seen));
  await Promise.all([both.deliver([RESULT], SIGNAL), both.deliver([RESULT], SIGNAL)]);
  assert.deepEqual(seen, ["old connects", "old delivers", "new connects", "new delivers", "new delivers"]);
});

Deno.test("CourierSwitch connects once more for new targets", async () => {
  const seen: string[] = [];
  const both = new CourierSwitch(new NotingCourier("it", seen));
  await both.connect(SIGNAL);
  both.refresh();
  await both.deliver([RESULT], SIGNAL);
  await both.deliver([RESULT], SIGNAL);
  assert.deepEqual(seen, ["it connects", "it connects", "it delivers", "it delivers"]);
});

Deno.test("CourierSwitch keeps results while the new one is away, and is what the old one was until it is there", async () => {
  const seen: string[] = [];
  const both = new CourierSwitch(new NotingCourier("old", seen));
  await both.connect(SIGNAL);
  const next = new NotingCourier("new", seen);
  next.stampsOnArrival = true;
  next.verdict = { verdict: "keep", reason: "away" };
  both.replace(next);
  assert.deepEqual(await both.deliver([RESULT, RESULT], SIGNAL), [next.verdict, next.verdict]);
  assert.equal(both.stampsOnArrival, false, "a mode that nobody knows yet would drop late results");
  next.verdict = ACCEPT;
  assert.deepEqual(await both.connect(SIGNAL), ACCEPT);
  assert.equal(both.stampsOnArrival, true);
  await both.deliver([RESULT], SIGNAL);
  assert.equal(seen.at(-1), "new delivers");
  assert.ok(!seen.includes("old delivers"));
});

Deno.test("CourierSwitch takes the newest where two come one after the other", async () => {
  const seen: string[] = [];
  const both = new CourierSwitch(new NotingCourier("first", seen));
  await both.connect(SIGNAL);
  both.replace(new NotingCourier("second", seen));
  const delivering = both.deliver([RESULT], SIGNAL);
  both.replace(new NotingCourier("third", seen));
  await delivering;
  assert.equal(seen.at(-1), "third delivers");
});
