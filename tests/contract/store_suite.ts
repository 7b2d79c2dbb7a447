import assert from "node:assert/strict";
import fc from "fast-check";
import type { Clock } from "../../lib/clock.ts";
import { CAUSES } from "../../lib/recorder_contract.ts";
import type { Retention } from "../../lib/recorder/retention.ts";
import type { NewResult, Ping, Store } from "../../lib/recorder/store.ts";
import { FakeClock } from "../fake_clock.ts";
import { historySuite } from "./store_history_suite.ts";

/** What the suite asks of a store under test. */
export interface StoreLimits {
  readonly clock: Clock;
  /** Default: everything for 24 h. */
  readonly retention?: Retention;
  readonly maxResults?: number;
  readonly maxSeries?: number;
}

/** Makes an empty store. `dispose` closes it and removes what it left. */
export type StoreFactory = (limits: StoreLimits) => Promise<{ store: Store; dispose(): Promise<void> }>;

const DAY_MS = 86_400_000;
const KEEP_A_DAY: Retention = { rawMs: DAY_MS, minuteMs: DAY_MS, hourMs: DAY_MS };
const KEY = { ip: "192.0.2.1", client: "client1" };
const ALL = { startMs: 0, endMs: 4_000_000_000_000 };

/**
 * What every Store must do; `name` begins the name of each test.
 * @param hasBound whether the store can be held to a number of results, as one in memory must be; default true
 */
export function storeSuite(name: string, make: StoreFactory, { hasBound = true } = {}): void {
  const fact = (text: string, body: (store: Store, clock: FakeClock) => Promise<void>, limits = {}) =>
    Deno.test(`${name} ${text}`, async () => {
      const clock = new FakeClock();
      const { store, dispose } = await make({ clock, retention: KEEP_A_DAY, ...limits });
      try {
        await body(store, clock);
      } finally {
        await dispose();
      }
    });

  historySuite(fact);

  fact("registers a pair once and lists it", async (store, clock) => {
    assert.equal(await store.register(KEY), "created");
    assert.equal(await store.register(KEY), "existed");
    assert.equal(await store.register({ ...KEY, client: "client2", name: "two" }), "created");
    assert.equal(await store.register({ ip: "192.0.2.2", client: "client1" }), "created");
    const list = await store.listSeries();
    const createdAtMs = clock.now();
    assert.deepEqual(list.map(({ id: _, ...rest }) => rest), [
      { ...KEY, createdAtMs },
      { ...KEY, client: "client2", name: "two", createdAtMs },
      { ip: "192.0.2.2", client: "client1", createdAtMs },
    ]);
    assert.equal(new Set(list.map(({ id }) => id)).size, 3);
  });

  fact(
    "takes over a new name from a registration and from a result, and keeps it where none is given",
    async (store) => {
      const names = async () => (await store.listSeries()).map((series) => series.name);
      await store.register(KEY);
      assert.deepEqual(await names(), [undefined]);
      await store.register({ ...KEY, name: "gateway" });
      assert.deepEqual(await names(), ["gateway"]);
      await store.add([{ ...KEY, name: "router", latencyMs: 1 }]);
      assert.deepEqual(await names(), ["router"]);
      await store.add([{ ...KEY, latencyMs: 1 }]);
      assert.deepEqual(await names(), ["router"]);
    },
  );

  fact("keeps pairs apart whose parts could be joined to the same text", async (store) => {
    await store.register({ client: "a", ip: "b c" });
    assert.equal(await store.register({ client: "a b", ip: "c" }), "created");
    assert.deepEqual(await store.add([{ client: "a b c", ip: "", latencyMs: 1 }]), ["unknown-target"]);
  });

  fact("takes no more series than its bound", async (store) => {
    assert.equal(await store.register(KEY), "created");
    assert.equal(await store.register({ ...KEY, client: "client2" }), "created");
    assert.equal(await store.register({ ...KEY, client: "client3" }), "full");
    assert.equal(await store.register(KEY), "existed");
    assert.equal((await store.listSeries()).length, 2);
  }, { maxSeries: 2 });

  fact("gives an outcome for each result, in their order", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now() - 1000;
    assert.deepEqual(
      await store.add([
        { ...KEY, atMs: at, latencyMs: 1 },
        { ...KEY, client: "nobody", atMs: at, latencyMs: 2 },
        { ...KEY, atMs: at, latencyMs: 3 },
        { ...KEY, atMs: at - 86_400_000, latencyMs: 4 },
        { ...KEY, atMs: at + 1, latencyMs: 5 },
      ]),
      ["accepted", "unknown-target", "duplicate", "too-old", "accepted"],
    );
    assert.deepEqual(await pings(store), [{ atMs: at, latencyMs: 1 }, { atMs: at + 1, latencyMs: 5 }]);
    assert.deepEqual(await store.add([]), []);
  });

  fact("stores a batch that is sent twice once", async (store, clock) => {
    await store.register(KEY);
    const batch = Array.from({ length: 1000 }, (_, i) => ({ ...KEY, atMs: clock.now() + i, latencyMs: i }));
    assert.deepEqual(new Set(await store.add(batch)), new Set(["accepted"]));
    assert.deepEqual(new Set(await store.add(batch)), new Set(["duplicate"]));
    assert.equal((await pings(store)).length, 1000);
  });

  fact("tells the same time of two clients and of two targets apart", async (store, clock) => {
    const keys = [KEY, { ...KEY, client: "client2" }, { ...KEY, ip: "192.0.2.2" }];
    for (const key of keys) await store.register(key);
    const outcomes = await store.add(keys.map((key) => ({ ...key, atMs: clock.now(), latencyMs: 1 })));
    assert.deepEqual(outcomes, ["accepted", "accepted", "accepted"]);
  });

  fact("keeps every result without a time, however many come in one millisecond", async (store, clock) => {
    await store.register(KEY);
    const batch = Array.from({ length: 1500 }, (_, i) => ({ ...KEY, latencyMs: i }));
    await store.add(batch.slice(0, 700));
    assert.deepEqual(new Set(await store.add(batch.slice(700))), new Set(["accepted"]));
    const stored = await pings(store);
    assert.deepEqual(stored.map((ping) => ping.latencyMs), batch.map((result) => result.latencyMs));
    assert.equal(stored[0]?.atMs, clock.now());
    assert.ok((stored.at(-1)?.atMs ?? 0) - clock.now() <= 2);
  });

  fact("never takes a result without a time for a duplicate of one with it, in either order", async (store, clock) => {
    await store.register(KEY);
    const timed = { ...KEY, atMs: clock.now(), latencyMs: 1 };
    assert.deepEqual(await store.add([{ ...KEY, latencyMs: 2 }, timed, { ...KEY, latencyMs: 3 }, timed]), [
      "accepted",
      "accepted",
      "accepted",
      "duplicate",
    ]);
  });

  fact("gives back what it was given, to the microsecond", async (store, clock) => {
    await store.register(KEY);
    const latency = fc.integer({ min: 0, max: 3_600_000_000 }).map((us) => ({ latencyMs: us / 1000 }));
    const none = fc.constantFrom(undefined, ...CAUSES).map((cause) => ({ latencyMs: null, cause }));
    await fc.assert(fc.asyncProperty(fc.oneof(latency, none), async (value) => {
      await clock.advance(1);
      await store.add([{ ...KEY, atMs: clock.now(), ...value }]);
      const [ping] = await pings(store, { startMs: clock.now(), endMs: clock.now() + 1 });
      const cause = "cause" in value ? value.cause : undefined;
      const expected = { atMs: clock.now(), latencyMs: value.latencyMs };
      assert.deepEqual(ping, cause === undefined ? expected : { ...expected, cause });
    }));
  });

  fact("rounds a latency to the microsecond", async (store) => {
    await store.register(KEY);
    await store.add([{ ...KEY, latencyMs: 0.0416 }, { ...KEY, latencyMs: -0 }, { ...KEY, latencyMs: 1.23449 }]);
    assert.deepEqual((await pings(store)).map((ping) => ping.latencyMs), [0.042, 0, 1.234]);
  });

  fact("reads a range with its start and without its end, oldest first", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now();
    for (const atMs of [at + 2, at, at + 3, at + 1]) await store.add([{ ...KEY, atMs, latencyMs: atMs - at }]);
    const read = await pings(store, { startMs: at + 1, endMs: at + 3 });
    assert.deepEqual(read.map((ping) => ping.latencyMs), [1, 2]);
    assert.deepEqual(await pings(store, { startMs: at + 1, endMs: at + 1 }), []);
  });

  fact("reads more than one block without a gap or an overlap", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now();
    const count = 20_000;
    await store.add(Array.from({ length: count }, (_, i): NewResult => ({ ...KEY, atMs: at + i, latencyMs: 1 })));
    const times = (await pings(store)).map((ping) => ping.atMs - at);
    assert.deepEqual(times, Array.from({ length: count }, (_, i) => i));
  });

  if (hasBound) {
    fact("drops the oldest above its bound, whatever the order of arrival", async (store, clock) => {
      await store.register(KEY);
      await store.register({ ...KEY, client: "client2" });
      const at = clock.now();
      for (const i of [3, 0, 4, 1, 2]) await store.add([{ ...KEY, atMs: at + 1000 * i, latencyMs: i }]);
      await store.add([{ ...KEY, client: "client2", atMs: at + 5000, latencyMs: 5 }]);
      assert.deepEqual((await pings(store)).map((ping) => ping.latencyMs), [2, 3, 4]);
      for (let i = 6; i < 30; i++) await store.add([{ ...KEY, atMs: at + 1000 * i, latencyMs: i }]);
      assert.deepEqual((await pings(store)).map((ping) => ping.latencyMs), [26, 27, 28, 29]);
    }, { maxResults: 4 });
  }

  fact("drops what has become too old", async (store, clock) => {
    await store.register(KEY);
    await store.add([{ ...KEY, latencyMs: 1 }]);
    await clock.advance(1800_000);
    await store.add([{ ...KEY, latencyMs: 2 }]);
    await clock.advance(1800_001);
    await store.add([{ ...KEY, latencyMs: 3 }]);
    assert.deepEqual((await pings(store)).map((ping) => ping.latencyMs), [2, 3]);
  }, { retention: { ...KEEP_A_DAY, rawMs: 3600_000 } });

  fact("takes adds and reads at the same time", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now();
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await store.add([{ ...KEY, atMs: at + i, latencyMs: i }]);
        await pings(store);
      }),
    );
    assert.equal((await pings(store)).length, 50);
  });

  fact("may be closed twice and rejects afterwards", async (store) => {
    await store.close();
    await store.close();
    await assert.rejects(store.listSeries());
    await assert.rejects(store.add([{ ...KEY, latencyMs: 1 }]));
  });
}

/** The pings of the first series. */
async function pings(store: Store, range = ALL): Promise<Ping[]> {
  const [first] = await store.listSeries();
  assert.ok(first !== undefined);
  const all: Ping[] = [];
  for await (const block of store.readPings(first.id, range)) all.push(...block);
  return all;
}
