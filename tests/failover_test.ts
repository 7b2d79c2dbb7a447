import assert from "node:assert/strict";
import type { Courier } from "../lib/drain.ts";
import { startDrain } from "../lib/drain.ts";
import { createFailover } from "../lib/failover.ts";
import { silentLog } from "../lib/log.ts";
import { createMemoryOutbox } from "../lib/outbox/memory.ts";
import type { PingResult } from "../lib/result.ts";
import { ACCEPT, type Verdict } from "../lib/verdict.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { memoryLog } from "./memory_log.ts";

const SIGNAL = new AbortController().signal;

/** A recorder that keeps what it takes, and may be away, or take a batch and lose the answer. */
class FakeCourier implements Courier {
  readonly taken: PingResult[] = [];
  state: "there" | "away" | "loses answers" = "there";
  connects = 0;
  maxBatch = 1000;
  stampsOnArrival = false;
  retryAfterMs?: number;

  connect(): Promise<Verdict> {
    this.connects++;
    return Promise.resolve(this.state === "away" ? this.#keep() : ACCEPT);
  }

  deliver(results: readonly PingResult[]): Promise<readonly Verdict[]> {
    if (this.state !== "away") this.taken.push(...results);
    return Promise.resolve(results.map(() => this.state === "there" ? ACCEPT : this.#keep()));
  }

  #keep(): Verdict {
    const wait = this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs };
    return { verdict: "keep", reason: "away", ...wait };
  }
}

function result(at: number): PingResult {
  return { outcome: "reply", host: "192.0.2.1", at, rttMs: 1 } as PingResult;
}

function setUp(count = 2) {
  const couriers = Array.from({ length: count }, () => new FakeCourier());
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const named = couriers.map((courier, i) => ({ name: `http://r${i + 1}`, courier }));
  const [first, second] = couriers as [FakeCourier, FakeCourier];
  return { first, second, couriers, clock, lines, failover: createFailover(named, { clock, log }) };
}

Deno.test("createFailover uses the first recorder while it is there", async () => {
  const { first, second, failover, lines } = setUp();
  assert.deepEqual(await failover.connect(SIGNAL), ACCEPT);
  assert.deepEqual(await failover.deliver([result(1)], SIGNAL), [ACCEPT]);
  assert.deepEqual([first.taken.length, second.taken.length, second.connects, lines], [1, 0, 0, []]);
});

Deno.test("createFailover goes on to the next in the same delivery, and back once the first is there again", async () => {
  const { first, second, failover, clock, lines } = setUp();
  await failover.connect(SIGNAL);
  first.state = "away";
  assert.deepEqual(await failover.deliver([result(1), result(2)], SIGNAL), [ACCEPT, ACCEPT]);
  assert.deepEqual([first.taken.length, second.taken.length], [0, 2]);
  const asked = first.connects;
  await clock.advance(29_000);
  await failover.deliver([result(3)], SIGNAL);
  assert.equal(first.connects, asked, "a recorder that is away is left alone");
  await clock.advance(1_000);
  await failover.deliver([result(4)], SIGNAL);
  assert.deepEqual([first.connects, second.taken.length], [asked + 1, 4]);
  first.state = "there";
  await failover.deliver([result(5)], SIGNAL);
  assert.equal(first.taken.length, 0);
  await clock.advance(30_000);
  await failover.deliver([result(6)], SIGNAL);
  assert.deepEqual(first.taken.map(({ at }) => at), [6]);
  assert.deepEqual(lines, [
    "warn a recorder is away: results go to http://r2 until it is back",
    "info results go to recorder http://r1 again",
  ]);
});

Deno.test("createFailover goes round to the first where the one in use goes away", async () => {
  const { first, second, failover } = setUp();
  first.state = "away";
  await failover.connect(SIGNAL);
  [first.state, second.state] = ["there", "away"];
  assert.deepEqual(await failover.deliver([result(1)], SIGNAL), [ACCEPT]);
  assert.equal(first.taken.length, 1);
});

Deno.test("createFailover keeps the result where all are away, with the shortest wait that one asks for", async () => {
  const { first, second, failover } = setUp();
  [first.state, second.state] = ["away", "away"];
  [first.retryAfterMs, second.retryAfterMs] = [60_000, 3_000];
  assert.deepEqual(await failover.connect(SIGNAL), { verdict: "keep", reason: "away", retryAfterMs: 3_000 });
  assert.equal((await failover.deliver([result(1)], SIGNAL))[0]?.verdict, "keep");
});

Deno.test("createFailover leaves a larger batch than the next one takes to the drain", async () => {
  const { first, second, failover } = setUp();
  await failover.connect(SIGNAL);
  first.state = "away";
  [second.maxBatch, second.stampsOnArrival] = [1, true];
  const verdicts = await failover.deliver([result(1), result(2)], SIGNAL);
  assert.deepEqual(verdicts.map(({ verdict }) => verdict), ["keep", "keep"]);
  assert.deepEqual([failover.maxBatch, failover.stampsOnArrival], [1, true]);
  assert.deepEqual(await failover.deliver([result(1)], SIGNAL), [ACCEPT]);
});

Deno.test("createFailover loses nothing through a drain, whoever is away when, and answers that are lost", async () => {
  const { couriers, clock, failover } = setUp(3);
  const outbox = createMemoryOutbox();
  const [signal, finish] = [new AbortController(), new AbortController()];
  const drain = startDrain(outbox, failover, { clock, log: silentLog, signal: signal.signal, finish: finish.signal });
  const states = ["there", "away", "loses answers"] as const;
  for (let round = 0; round < 60; round++) {
    for (const [i, courier] of couriers.entries()) {
      courier.state = states[(round * 7 + i * (1 + round % 3)) % 3] ?? "there";
    }
    outbox.push(result(round));
    drain.wake();
    await clock.advance(1_000);
  }
  for (const courier of couriers) courier.state = "there";
  await clock.advance(60_000);
  finish.abort();
  await settle();
  await drain.finished;
  const all = new Set(couriers.flatMap(({ taken }) => taken.map(({ at }) => at)));
  assert.deepEqual([...all].sort((a, b) => a - b), Array.from({ length: 60 }, (_, i) => i));
  assert.equal(drain.counts.delivered, 60);
  outbox.close();
});
