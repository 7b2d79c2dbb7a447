import assert from "node:assert/strict";
import type { Drain, DrainCounts } from "../lib/drain.ts";
import { openLedger } from "../lib/ledger.ts";
import { createMemoryOutbox } from "../lib/outbox/memory.ts";
import { replyNumber } from "./contract/outbox_suite.ts";

function drainWith(counts: DrainCounts): Drain {
  return { counts, away: undefined, wake() {}, finished: Promise.resolve() };
}

Deno.test("ledger counts what the outbox dropped, less what arrived all the same, and late ones that were dropped", () => {
  const outbox = createMemoryOutbox({ maxResults: 3 });
  const ledger = openLedger(outbox, drainWith({ delivered: 2, rejected: 1, droppedLate: 1, rescued: 2 }));
  for (let n = 1; n <= 6; n++) {
    outbox.push(replyNumber(n));
    ledger.count(replyNumber(n));
  }
  const [first] = outbox.read(1);
  outbox.remove(first?.seq ?? 0);
  outbox.remove((first?.seq ?? 0) + 1);
  const { measured, delivered, waiting, rejected, dropped } = ledger.summary();
  assert.deepEqual({ measured, delivered, waiting, rejected, dropped }, {
    measured: 6,
    delivered: 2,
    waiting: 1,
    rejected: 1,
    dropped: 2,
  });
  assert.equal(measured, delivered + waiting + rejected + dropped);
});
