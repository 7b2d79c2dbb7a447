import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../lib/recorder/varint.ts";

Deno.test("ByteReader reads what ByteWriter wrote, up to the largest numbers", () => {
  const plain = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
  const signed = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }));
  fc.assert(fc.property(fc.array(fc.tuple(plain, signed)), (pairs) => {
    const writer = new ByteWriter(1);
    for (const [a, b] of pairs) {
      writer.varint(a);
      writer.signed(b);
    }
    const reader = new ByteReader(writer.take());
    assert.deepEqual(pairs.map(() => [reader.varint(), reader.signed() + 0]), pairs.map(([a, b]) => [a, b + 0]));
    assert.equal(reader.atEnd, true);
  }));
});

Deno.test("ByteWriter takes one byte for a number below 128", () => {
  const writer = new ByteWriter();
  for (const value of [0, 127, 128, 2 ** 31, 2 ** 35]) {
    writer.reset();
    writer.varint(value);
    assert.equal(writer.length, Math.max(1, Math.ceil(Math.log2(value + 1) / 7)), String(value));
  }
});

Deno.test("ByteReader says that bytes end too soon", () => {
  const error = {
    name: "RangeError",
    message: "Cannot read a block: it must hold whole numbers: it ends in the middle of one",
  };
  assert.throws(() => new ByteReader(new Uint8Array([128])).varint(), error);
  assert.throws(() => new ByteReader(new Uint8Array([1])).bytes(2), error);
});
