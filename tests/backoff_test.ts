import assert from "node:assert/strict";
import { createBackoff } from "../lib/backoff.ts";

Deno.test("createBackoff doubles its ceiling up to the cap and starts again after a reset", () => {
  const backoff = createBackoff({ random: () => 1 });
  const waits = Array.from({ length: 9 }, () => backoff.next());
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

Deno.test("createBackoff spreads each wait over the whole range below its ceiling", () => {
  const backoff = createBackoff({ random: () => 0.25 });
  assert.deepEqual([backoff.next(), backoff.next()], [125, 250]);
});
