import assert from "node:assert/strict";
import fc from "fast-check";
import { Bucket } from "../../lib/recorder/bucket.ts";
import { Results } from "../../lib/recorder/results.ts";
import { addToBlock, bucketsOf, LEVELS, totalIn } from "../../lib/recorder/rollup.ts";
import { ByteReader } from "../../lib/recorder/varint.ts";

const [MINUTES] = LEVELS;
const HOUR = 490_000;
const HOUR_US = 3_600_000_000;

function counts(bucket: Bucket): unknown[] {
  return [bucket.replies, bucket.lost, bucket.failed, bucket.sumUs, bucket.minUs, bucket.maxUs, bucket.quantileUs(0.5)];
}

Deno.test("addToBlock gives the same block whatever the parts and the order in which results come", () => {
  const entry = fc.tuple(fc.nat(HOUR_US - 1), fc.integer({ min: -8, max: 100_000 }));
  fc.assert(fc.property(fc.uniqueArray(entry, { selector: ([us]) => us }), fc.nat(4), (list, parts) => {
    let block: Uint8Array | undefined;
    for (let part = 0; part <= parts; part++) {
      const results = new Results();
      list.forEach(([us, value], i) => i % (parts + 1) === part && results.insert(HOUR * HOUR_US + us, value));
      if (results.length > 0) block = addToBlock(MINUTES, block, HOUR, results, 0, results.length);
    }
    const model = new Map<number, Bucket>();
    for (const [us, value] of list) {
      const minute = Math.floor(us / 60_000_000);
      const bucket = model.get(minute) ?? new Bucket();
      bucket.add(value);
      model.set(minute, bucket);
    }
    const read = [...bucketsOf(block ?? new Uint8Array())].map(({ index, bytes }) => {
      const bucket = new Bucket();
      bucket.addEncoded(new ByteReader(bytes));
      return [index, counts(bucket)] as const;
    });
    assert.deepEqual(
      read,
      [...model].sort(([a], [b]) => a - b).map(([index, bucket]) => [index, counts(bucket)] as const),
    );
    for (const [minute, bucket] of model) assert.equal(totalIn(block, minute), bucket.total);
  }));
});

Deno.test("totalIn is 0 for a bucket that is not there", () => {
  assert.equal(totalIn(undefined, 3), 0);
  const results = new Results();
  results.insert(HOUR * HOUR_US, 1);
  assert.equal(totalIn(addToBlock(MINUTES, undefined, HOUR, results, 0, 1), 3), 0);
});
