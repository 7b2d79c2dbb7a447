import assert from "node:assert/strict";
import fc from "fast-check";
import type { Outbox } from "../../lib/outbox.ts";
import type { PingResult } from "../../lib/result.ts";

/** Bounds that an outbox under test is made with. */
export interface OutboxBounds {
  readonly maxResults?: number;
  readonly maxBytes?: number;
}

/** A reply of a numbered round. */
export function replyNumber(n: number, host = "192.0.2.1"): PingResult {
  return { outcome: "reply", host, at: 1_700_000_000_000 + n, rttMs: n / 1000 };
}

/** What every outbox must do. `make` gives an empty one. */
export function testOutbox(name: string, make: (bounds?: OutboxBounds) => Outbox): void {
  const seqs = (outbox: Outbox, limit = 1000, after = 0) => outbox.read(limit, { after }).map(({ seq }) => seq);

  Deno.test(`${name} gives back what was pushed, oldest first, and keeps it`, () => {
    const outbox = make();
    const results: PingResult[] = [
      { outcome: "reply", host: "192.0.2.1", name: "ro=uter", at: 1, rttMs: 0.123 },
      { outcome: "lost", host: "192.0.2.2", at: 2, cause: "unreachable" },
      { outcome: "failed", host: "2001:db8::1", at: 3, cause: "no-engine" },
    ];
    for (const result of results) outbox.push(result);
    assert.deepEqual(outbox.read(10).map(({ result }) => result), results);
    assert.deepEqual(outbox.read(10).map(({ result }) => result), results);
    assert.deepEqual(outbox.read(2).map(({ result }) => result), results.slice(0, 2));
    assert.equal(outbox.size, 3);
    outbox.close();
  });

  Deno.test(`${name} forgets what is removed, in any order, once`, () => {
    const outbox = make();
    for (let n = 1; n <= 5; n++) outbox.push(replyNumber(n));
    const [first = 0, second = 0, third = 0] = seqs(outbox);
    assert.equal(outbox.remove(second), true);
    assert.equal(outbox.remove(second), false);
    assert.equal(outbox.remove(first), true);
    assert.equal(seqs(outbox)[0], third);
    assert.equal(outbox.size, 3);
    outbox.close();
  });

  Deno.test(`${name} reads on after a seq`, () => {
    const outbox = make();
    for (let n = 1; n <= 5; n++) outbox.push(replyNumber(n));
    const all = seqs(outbox);
    assert.deepEqual(seqs(outbox, 2, all[1]), all.slice(2, 4));
    assert.equal(outbox.lastSeq, all[4]);
    assert.deepEqual(seqs(outbox, 2, outbox.lastSeq), []);
    outbox.close();
  });

  Deno.test(`${name} drops the oldest when it holds too many, and counts them`, () => {
    const outbox = make({ maxResults: 3 });
    for (let n = 1; n <= 10; n++) outbox.push(replyNumber(n));
    assert.equal(outbox.size, 3);
    assert.equal(outbox.dropped, 7);
    assert.deepEqual(outbox.read(10).map(({ result }) => result.at - 1_700_000_000_000), [8, 9, 10]);
    outbox.close();
  });

  Deno.test(`${name} drops the oldest when it holds too many bytes, but never the newest`, () => {
    const outbox = make({ maxBytes: 1000 });
    for (let n = 1; n <= 100; n++) outbox.push(replyNumber(n));
    assert.ok(outbox.bytes <= 1000, `${outbox.bytes} bytes`);
    assert.equal(outbox.size + outbox.dropped, 100);
    assert.ok(outbox.size > 0);
    const newest = outbox.read(100).at(-1);
    assert.equal(newest?.result.at, replyNumber(100).at);
    outbox.close();
  });

  Deno.test(`${name} accounts for every result whatever is done to it`, () => {
    const step = fc.oneof(fc.constant("push" as const), fc.record({ take: fc.nat(7) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const outbox = make({ maxResults: 5 });
        let pushed = 0;
        let removed = 0;
        for (const what of steps) {
          if (what === "push") outbox.push(replyNumber(++pushed));
          else {
            const entry = outbox.read(10)[what.take];
            if (entry !== undefined && outbox.remove(entry.seq)) removed++;
          }
          const there = outbox.read(1000);
          assert.equal(there.length, outbox.size);
          assert.equal(pushed, removed + outbox.dropped + outbox.size);
          const order = there.map(({ seq }) => seq);
          assert.deepEqual(order, order.toSorted((a, b) => a - b));
        }
        outbox.close();
      }),
      { numRuns: 50 },
    );
  });
}
