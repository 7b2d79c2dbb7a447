import assert from "node:assert/strict";
import { Readiness } from "../../lib/metrics/readiness.ts";
import type { PingResult } from "../../lib/result.ts";
import type { Target } from "../../lib/target.ts";
import { FakeClock } from "../fake_clock.ts";

const REPLY: PingResult = { outcome: "reply", host: "a", at: 0, rttMs: 1 };
const LOST: PingResult = { outcome: "lost", host: "a", at: 0, cause: "timeout" };
const FAILED: PingResult = { outcome: "failed", host: "a", at: 0, cause: "send-error" };
const TARGET: Target = { host: "a", family: "any" };

function setUp(targets: readonly Target[] = [TARGET]) {
  const clock = new FakeClock();
  return { clock, readiness: new Readiness(targets, { intervalMs: 10_000, timeoutMs: 2000, clock }) };
}

Deno.test("Readiness begins with the first ping", () => {
  const { readiness } = setUp();
  assert.deepEqual(readiness.reasons(undefined), ["no ping was answered or lost yet"]);
  readiness.count(REPLY);
  assert.deepEqual(readiness.reasons(undefined), []);
});

Deno.test("Readiness ends 3 intervals and a timeout after the last ping, not before", async () => {
  const { readiness, clock } = setUp();
  readiness.count(LOST);
  await clock.advance(32_000);
  assert.deepEqual(readiness.reasons(undefined), []);
  await clock.advance(100);
  assert.deepEqual(readiness.reasons(undefined), ["no ping was answered or lost for 32.1 s: the limit is 32 s"]);
  readiness.count(LOST);
  assert.deepEqual(readiness.reasons(undefined), []);
});

Deno.test("Readiness takes no account of what was not measured", () => {
  const { readiness } = setUp();
  readiness.count(FAILED);
  assert.equal(readiness.reasons(undefined).length, 1);
});

Deno.test("Readiness goes by the shortest interval and the longest timeout of the targets", async () => {
  const { readiness, clock } = setUp([{ ...TARGET, intervalMs: 60_000 }, {
    ...TARGET,
    host: "b",
    intervalMs: 20_000,
    timeoutMs: 5000,
  }]);
  readiness.count(REPLY);
  await clock.advance(65_000);
  assert.deepEqual(readiness.reasons(undefined), []);
  await clock.advance(1);
  assert.equal(readiness.reasons(undefined).length, 1);
  readiness.update([{ ...TARGET, intervalMs: 60_000 }]);
  assert.deepEqual(readiness.reasons(undefined), []);
});

Deno.test("Readiness of a client without targets asks for no ping", () => {
  assert.deepEqual(setUp([]).readiness.reasons(undefined), []);
});

Deno.test("Readiness names the recorder that is away, beside a schedule that stands still", () => {
  const { readiness } = setUp();
  assert.deepEqual(readiness.reasons("it answers 500"), [
    "no ping was answered or lost yet",
    "recorder away: it answers 500",
  ]);
});
