import assert from "node:assert/strict";
import { retryAfterMs, verdictOf } from "../lib/verdict.ts";

Deno.test("verdictOf follows the table for every status there is", () => {
  for (let status = 200; status < 600; status++) {
    const expected = status < 300
      ? "accept"
      : status < 400 || status >= 500 || [401, 403, 408, 425, 429].includes(status)
      ? "keep"
      : "reject";
    assert.equal(verdictOf(status).verdict, expected, String(status));
  }
});

Deno.test("verdictOf tells people what was answered and passes on the wait", () => {
  assert.deepEqual(verdictOf(503, { said: "busy", retryAfterMs: 3000 }), {
    verdict: "keep",
    reason: "it answers 503: busy",
    retryAfterMs: 3000,
  });
  assert.deepEqual(verdictOf(400, { said: "no null" }), { verdict: "reject", reason: "it answers 400: no null" });
  assert.deepEqual(verdictOf(401), { verdict: "keep", reason: "it refuses the token (401)" });
});

Deno.test("retryAfterMs reads seconds and dates and bounds both", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(retryAfterMs("7", now), 7000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 00:00:30 GMT", now), 30_000);
  assert.equal(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(retryAfterMs("99999999", now), 3_600_000);
  assert.equal(retryAfterMs("soon", now), undefined);
  assert.equal(retryAfterMs(null, now), undefined);
});
