import assert from "node:assert/strict";
import fc from "fast-check";
import { ABSURD_RTT_MS, latencyMs, replyOf } from "../lib/result.ts";

Deno.test("replyOf believes a sane RTT", () => {
  assert.deepEqual(replyOf(0), { outcome: "reply", rttMs: 0 });
  assert.deepEqual(replyOf(12.5), { outcome: "reply", rttMs: 12.5 });
});

Deno.test("replyOf never makes a reply of a negative, absurd or missing RTT", () => {
  for (const rttMs of [-0.001, NaN, Infinity, -Infinity, ABSURD_RTT_MS + 1]) {
    assert.deepEqual(replyOf(rttMs), { outcome: "failed", cause: "send-error" }, String(rttMs));
  }
});

Deno.test("latencyMs has at most 3 decimals and is null without an answer", () => {
  assert.equal(latencyMs({ outcome: "reply", rttMs: 0.12345 }), 0.123);
  assert.equal(latencyMs({ outcome: "lost", cause: "timeout" }), null);
  assert.equal(latencyMs({ outcome: "failed", cause: "overload" }), null);
  fc.assert(fc.property(fc.double({ min: 0, max: ABSURD_RTT_MS, noNaN: true }), (rttMs) => {
    const latency = latencyMs({ outcome: "reply", rttMs });
    assert.match(String(latency), /^\d+(\.\d{1,3})?$/);
    assert.ok(Math.abs((latency ?? -1) - rttMs) <= 0.0005001);
  }));
});
