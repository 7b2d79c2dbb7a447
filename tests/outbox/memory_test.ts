import assert from "node:assert/strict";
import { createMemoryOutbox } from "../../lib/outbox/memory.ts";
import { replyNumber, testOutbox } from "../contract/outbox_suite.ts";

testOutbox("memory outbox", createMemoryOutbox);

Deno.test("memory outbox keeps seqs and order over many rounds of filling and emptying", () => {
  const outbox = createMemoryOutbox({ maxResults: 10_000 });
  let expected = 1;
  for (let round = 0; round < 50; round++) {
    for (let n = 0; n < 1000; n++) outbox.push(replyNumber(n));
    for (const { seq } of outbox.read(1000)) {
      assert.equal(seq, expected++);
      assert.ok(outbox.remove(seq));
    }
  }
  assert.equal(outbox.size, 0);
  assert.equal(outbox.bytes, 0);
});

Deno.test("createMemoryOutbox refuses a bound below 1", () => {
  assert.throws(() => createMemoryOutbox({ maxResults: 0 }), {
    name: "RangeError",
    message: "Cannot make an outbox: 'maxResults' must be at least 1: it is 0",
  });
  assert.throws(() => createMemoryOutbox({ maxBytes: 0 }), { name: "RangeError", message: /'maxBytes'/ });
});
