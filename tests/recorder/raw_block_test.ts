import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeBlock, encodeBlock } from "../../lib/recorder/raw_block.ts";
import { Results } from "../../lib/recorder/results.ts";

const START_US = Date.UTC(2026, 0, 1) * 1000;

function columns(results: Results): number[][] {
  return Array.from({ length: results.length }, (_, i) => [results.time(i), results.value(i)]);
}

Deno.test("decodeBlock gives back what encodeBlock took, to the microsecond", () => {
  const value = fc.integer({ min: -8, max: 3_600_000_000 });
  const time = fc.oneof(fc.nat(3_600_000).map((ms) => ms * 1000), fc.nat(3_600_000_000));
  fc.assert(fc.property(fc.array(fc.tuple(time, value), { minLength: 1 }), (list) => {
    const results = new Results();
    for (const [timeUs, v] of list) results.insert(START_US + timeUs, v);
    assert.deepEqual(columns(decodeBlock(encodeBlock(results))), columns(results));
  }));
});

Deno.test("decodeBlock appends a later block to an earlier one", () => {
  const all = new Results();
  for (let i = 0; i < 10; i++) all.insert(START_US + i * 1_000_000 + i % 2, i);
  const both = decodeBlock(encodeBlock(all, 4), decodeBlock(encodeBlock(all, 0, 4)));
  assert.deepEqual(columns(both), columns(all));
});

Deno.test("encodeBlock takes at most 5 bytes for a steady ping", () => {
  const results = new Results();
  for (let i = 0; i < 360; i++) results.insert(START_US + i * 10_000_000 + (i % 5) * 1000, 12_000 + i * 13);
  assert.ok(encodeBlock(results).length / 360 < 5);
});
