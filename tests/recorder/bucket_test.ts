import assert from "node:assert/strict";
import fc from "fast-check";
import { Bucket, rankOf, RELATIVE_ERROR, toWindowSummary } from "../../lib/recorder/bucket.ts";
import { toValue } from "../../lib/recorder/ping_value.ts";
import { ByteReader, ByteWriter } from "../../lib/recorder/varint.ts";

const latencies = fc.array(
  fc.oneof(fc.nat(3_600_000_000), fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(0, 1, 2)),
  { minLength: 1, maxLength: 300 },
);

function bucketOf(values: readonly number[]): Bucket {
  const bucket = new Bucket();
  for (const value of values) bucket.add(value);
  return bucket;
}

function shown(bucket: Bucket): unknown[] {
  const { replies, lost, failed, minUs, maxUs, sumUs } = bucket;
  return [replies, lost, failed, minUs, maxUs, sumUs, ...[0, 0.05, 0.5, 0.95, 1].map((q) => bucket.quantileUs(q))];
}

Deno.test("Bucket gives each percentile within 1 %, and min and max exactly", () => {
  assert.ok(RELATIVE_ERROR < 0.01);
  fc.assert(fc.property(latencies, (values) => {
    const bucket = bucketOf(values);
    const sorted = [...values].sort((a, b) => a - b);
    for (const quantile of [0, 0.05, 0.5, 0.95, 1]) {
      const exact = sorted[rankOf(quantile, sorted.length)] ?? NaN;
      const told = bucket.quantileUs(quantile) ?? NaN;
      assert.ok(Math.abs(told - exact) <= exact * RELATIVE_ERROR + 1e-6, `${quantile}: ${told} for ${exact}`);
    }
    assert.equal(bucket.quantileUs(0), sorted[0]);
    assert.equal(bucket.quantileUs(1), sorted.at(-1));
  }));
});

Deno.test("Bucket is the same whether results are added one by one or merged from parts", () => {
  const values = fc.array(fc.oneof(fc.nat(90_000_000), fc.integer({ min: -8, max: -1 })));
  fc.assert(fc.property(fc.array(values), (parts) => {
    const merged = new Bucket();
    for (const part of parts) {
      const writer = new ByteWriter();
      bucketOf(part).encode(writer);
      const reader = new ByteReader(writer.take());
      merged.addEncoded(reader);
      assert.equal(reader.atEnd, true);
    }
    assert.deepEqual(shown(merged), shown(bucketOf(parts.flat())));
  }));
});

Deno.test("Bucket keeps what failed apart from what was lost, and gives null without replies", () => {
  const bucket = bucketOf([
    toValue(null),
    toValue(null, "timeout"),
    toValue(null, "unresolved"),
    toValue(null, "suspended"),
    toValue(null, "unreachable"),
  ]);
  assert.deepEqual(toWindowSummary(bucket), { replies: 0, lost: 3, failed: 2, medianMs: null, p95Ms: null });
});

Deno.test("Bucket is as new after reset", () => {
  const bucket = bucketOf([5, 1000, -1]);
  bucket.reset();
  for (const value of [7, -8]) bucket.add(value);
  assert.deepEqual(shown(bucket), shown(bucketOf([7, -8])));
});
