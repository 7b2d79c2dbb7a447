import assert from "node:assert/strict";
import { type Courier, type Drain, type DrainOptions, startDrain } from "../lib/drain.ts";
import type { Outbox } from "../lib/outbox.ts";
import { createMemoryOutbox } from "../lib/outbox/memory.ts";
import type { PingResult } from "../lib/result.ts";
import { ACCEPT, type Verdict } from "../lib/verdict.ts";
import { replyNumber } from "./contract/outbox_suite.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { memoryLog } from "./memory_log.ts";

const AWAY: Verdict = { verdict: "keep", reason: "connection refused" };

/** A recorder in memory whose mood a test sets. */
class FakeCourier implements Courier {
  maxBatch = 1;
  get stampsOnArrival(): boolean {
    return this.maxBatch === 1;
  }
  mood: (result: PingResult) => Verdict = () => ACCEPT;
  onConnect: () => Verdict = () => ACCEPT;
  connects = 0;
  deliveries = 0;
  readonly got: PingResult[] = [];

  connect(): Promise<Verdict> {
    this.connects++;
    return Promise.resolve(this.onConnect());
  }

  async deliver(results: readonly PingResult[]): Promise<readonly Verdict[]> {
    this.deliveries++;
    await Promise.resolve();
    return results.map((result) => {
      const verdict = this.mood(result);
      if (verdict.verdict === "accept") this.got.push(result);
      return verdict;
    });
  }
}

interface Scene {
  readonly outbox: Outbox;
  readonly courier: FakeCourier;
  readonly clock: FakeClock;
  readonly lines: string[];
  readonly drain: Drain;
  readonly finish: AbortController;
  readonly abort: AbortController;
  push(...results: PingResult[]): void;
}

function scene(
  { before = [], ...options }: Partial<DrainOptions> & { before?: PingResult[] } = {},
  prepare = (_: FakeCourier) => {},
): Scene {
  const outbox = createMemoryOutbox();
  for (const result of before) outbox.push(result);
  const courier = new FakeCourier();
  prepare(courier);
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const finish = new AbortController();
  const abort = new AbortController();
  const drain = startDrain(outbox, courier, {
    clock,
    log,
    random: () => 1,
    signal: abort.signal,
    finish: finish.signal,
    ...options,
  });
  const push = (...results: PingResult[]) => {
    for (const result of results) outbox.push(result);
    drain.wake();
  };
  return { outbox, courier, clock, lines, drain, finish, abort, push };
}

async function end({ abort, drain }: Scene): Promise<void> {
  abort.abort();
  await drain.finished;
}

Deno.test("drain delivers what is pushed and empties the outbox", async () => {
  const s = scene();
  await settle();
  s.push(replyNumber(1));
  await settle();
  s.push(replyNumber(2), replyNumber(3, "192.0.2.9"));
  await settle();
  assert.deepEqual(s.courier.got, [replyNumber(1), replyNumber(2), replyNumber(3, "192.0.2.9")]);
  assert.equal(s.outbox.size, 0);
  assert.deepEqual(s.drain.counts, { delivered: 3, rejected: 0, droppedLate: 0, rescued: 0 });
  await end(s);
});

Deno.test("drain waits with a growing backoff, says once that the recorder is away and once that it is back", async () => {
  const s = scene({ before: [replyNumber(1)] }, (courier) => courier.onConnect = () => AWAY);
  await s.clock.advance(60_000);
  // With random = 1 the waits are 0.5 1 2 4 8 16 30 s: attempts at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
  assert.equal(s.courier.connects, 7);
  assert.equal(s.lines.filter((l) => l.startsWith("warn")).length, 1);
  assert.match(s.lines[0] ?? "", /^warn recorder away: connection refused; results wait here \(1 now\)/);
  s.courier.onConnect = () => ACCEPT;
  await s.clock.advance(30_000);
  assert.deepEqual(s.courier.got, [replyNumber(1)]);
  assert.equal(s.lines.filter((l) => /recorder back/.test(l)).length, 1);
  await end(s);
});

Deno.test("drain says a new reason for the same outage, but not more than once a minute", async () => {
  let n = 0;
  const s = scene({}, (courier) => courier.onConnect = () => ({ verdict: "keep", reason: `reason ${n++}` }));
  await s.clock.advance(600_000);
  const warnings = s.lines.filter((l) => l.startsWith("warn")).length;
  assert.ok(warnings >= 2 && warnings <= 11, `${warnings} lines in 10 minutes`);
  await end(s);
});

Deno.test("drain obeys Retry-After where it is longer than the backoff", async () => {
  const s = scene({ before: [replyNumber(1)] });
  s.courier.mood = () => ({ verdict: "keep", reason: "busy", retryAfterMs: 20_000 });
  await s.clock.advance(19_000);
  assert.equal(s.courier.deliveries, 1);
  await s.clock.advance(2_000);
  assert.equal(s.courier.deliveries, 2);
  await end(s);
});

Deno.test("drain goes on after a reject: it is counted, said once, and holds up nobody", async () => {
  const s = scene({ before: [replyNumber(1), replyNumber(2), replyNumber(3, "192.0.2.2"), replyNumber(4)] });
  s.courier.mood = ({ at }) => at % 2 === 1 ? { verdict: "reject", reason: "it answers 400: no" } : ACCEPT;
  await settle();
  assert.deepEqual(s.drain.counts, { delivered: 2, rejected: 2, droppedLate: 0, rescued: 0 });
  assert.equal(s.outbox.size, 0);
  assert.equal(s.lines.filter((l) => /refuses a result/.test(l)).length, 1);
  await end(s);
});

Deno.test("drain keeps the order of each target through failures, to a plain recorder", async () => {
  const results = Array.from({ length: 600 }, (_, n) => replyNumber(n, `192.0.2.${n % 7}`));
  let calls = 0;
  const s = scene({ before: results }, (courier) => courier.mood = () => ++calls % 11 === 0 ? AWAY : ACCEPT);
  await s.clock.advance(3_600_000);
  assert.equal(s.courier.got.length, 600);
  for (let host = 0; host < 7; host++) {
    const times = s.courier.got.filter((r) => r.host === `192.0.2.${host}`).map(({ at }) => at);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
  }
  await end(s);
});

Deno.test("drain has at most its lanes of posts under way, and never two of one target", async () => {
  const underWay = new Map<string, number>();
  let most = 0;
  const s = scene(
    { lanes: 3, before: Array.from({ length: 40 }, (_, n) => replyNumber(n, `192.0.2.${n % 8}`)) },
    (courier) => {
      courier.deliver = async (results) => {
        const host = results[0]?.host ?? "";
        assert.equal(underWay.get(host) ?? 0, 0);
        underWay.set(host, 1);
        most = Math.max(most, [...underWay.values()].reduce((a, b) => a + b));
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        underWay.set(host, 0);
        return results.map(() => ACCEPT);
      };
    },
  );
  for (let turn = 0; turn < 20; turn++) await settle();
  assert.equal(most, 3);
  assert.equal(s.outbox.size, 0);
  await end(s);
});

Deno.test("drain sends batches to a recorder that takes them, after a short gathering", async () => {
  const s = scene({}, (courier) => courier.maxBatch = 1000);
  await settle();
  for (let n = 0; n < 5; n++) s.push(replyNumber(n));
  await settle();
  assert.equal(s.courier.deliveries, 0);
  await s.clock.advance(250);
  assert.equal(s.courier.deliveries, 1);
  assert.equal(s.courier.got.length, 5);
  await end(s);
});

Deno.test("drain keeps only what a batch left undecided", async () => {
  const s = scene({ before: [replyNumber(1), replyNumber(2), replyNumber(3)] }, (courier) => courier.maxBatch = 1000);
  s.courier.mood = ({ at }) => at % 2 === 0 ? AWAY : ACCEPT;
  await s.clock.advance(10);
  assert.deepEqual(s.outbox.read(10).map(({ result }) => result), [replyNumber(2)]);
  s.courier.mood = () => ACCEPT;
  await s.clock.advance(1000);
  assert.deepEqual(s.courier.got, [replyNumber(1), replyNumber(3), replyNumber(2)]);
  await end(s);
});

Deno.test("drain asked to finish ends once the outbox is empty", async () => {
  const s = scene({ before: [replyNumber(1), replyNumber(2)] });
  s.finish.abort();
  await s.drain.finished;
  assert.equal(s.courier.got.length, 2);
});

Deno.test("drain asked to finish while the recorder is away tries once more and leaves the rest", async () => {
  const s = scene({ before: [replyNumber(1)] }, (courier) => courier.onConnect = () => AWAY);
  await s.clock.advance(100);
  const before = s.courier.connects;
  s.finish.abort();
  await s.drain.finished;
  assert.equal(s.courier.connects, before + 1);
  assert.equal(s.outbox.size, 1);
});

Deno.test("drain counts what was delivered although the outbox had dropped it meanwhile", async () => {
  const outbox = createMemoryOutbox({ maxResults: 1 });
  const courier = new FakeCourier();
  const gate = Promise.withResolvers<void>();
  courier.deliver = async (results) => {
    await gate.promise;
    return results.map(() => ACCEPT);
  };
  const abort = new AbortController();
  outbox.push(replyNumber(1));
  const { log } = memoryLog();
  const drain = startDrain(outbox, courier, {
    clock: new FakeClock(),
    log,
    signal: abort.signal,
    finish: new AbortController().signal,
  });
  await settle();
  outbox.push(replyNumber(2));
  assert.equal(outbox.dropped, 1);
  gate.resolve();
  await settle();
  assert.deepEqual(drain.counts, { delivered: 2, rejected: 0, droppedLate: 0, rescued: 1 });
  abort.abort();
  await drain.finished;
});

Deno.test("drain paces a backlog and lets fresh results through between its batches", async () => {
  const backlog = Array.from({ length: 50_000 }, (_, n) => replyNumber(n));
  const s = scene({ before: backlog, drainRate: 5000 }, (courier) => courier.maxBatch = 1000);
  await s.clock.advance(1000);
  const early = s.courier.got.length;
  assert.ok(early >= 4000 && early <= 7000, `${early} in the first second`);
  s.push(replyNumber(1_000_000, "192.0.2.9"));
  await s.clock.advance(600);
  assert.ok(s.courier.got.some(({ host }) => host === "192.0.2.9"), "a fresh result must not wait for 40,000 old ones");
  assert.ok(s.outbox.size > 30_000);
  await s.clock.advance(20_000);
  assert.equal(s.courier.got.length, 50_001);
  const old = s.courier.got.filter(({ host }) => host !== "192.0.2.9");
  assert.deepEqual(old, backlog, "the backlog keeps its order");
  await end(s);
});

Deno.test("drain without a bound sends a backlog as fast as it is taken", async () => {
  const s = scene(
    { before: Array.from({ length: 20_000 }, (_, n) => replyNumber(n)), drainRate: 0 },
    (courier) => courier.maxBatch = 1000,
  );
  for (let turn = 0; turn < 30; turn++) await settle();
  assert.equal(s.courier.got.length, 20_000);
  await end(s);
});

/** Results of which the first two are late for a clock that stands at 2026-01-01. */
const LATE = [-60_000, -20_000, -1_000, 0].map((age) => ({
  ...replyNumber(0, `192.0.2.${-age / 1000}`),
  at: Date.UTC(2026, 0, 1) + age,
}));

Deno.test("drain says once that a plain recorder stamps a backlog on arrival, and sends it", async () => {
  const s = scene({ before: LATE });
  await settle();
  assert.equal(s.courier.got.length, 4);
  const said = s.lines.filter((line) => /stamps results on arrival/.test(line));
  assert.deepEqual(said, [
    "warn this recorder stamps results on arrival: 4 late ones carry late times there (see --late)",
  ]);
  await end(s);
});

Deno.test("drain drops late results for a plain recorder where the user asked for that, and counts them", async () => {
  const s = scene({ before: LATE, late: "drop" });
  await settle();
  assert.deepEqual(s.courier.got, LATE.slice(2));
  assert.deepEqual(s.drain.counts, { delivered: 2, rejected: 0, droppedLate: 2, rescued: 0 });
  assert.equal(s.outbox.size, 0);
  await end(s);
});

Deno.test("drain never drops late results for a recorder that takes times", async () => {
  const s = scene({ before: LATE, late: "drop" }, (courier) => courier.maxBatch = 1000);
  await settle();
  assert.equal(s.courier.got.length, 4);
  assert.ok(!s.lines.some((line) => /arrival/.test(line)));
  await end(s);
});
