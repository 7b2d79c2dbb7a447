import assert from "node:assert/strict";
import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { openSqliteStore, type SqliteOptions } from "../../lib/recorder/sqlite.ts";
import type { NewResult, Store } from "../../lib/recorder/store.ts";
import { FakeClock } from "../fake_clock.ts";

const OLD_FILE = new URL("../fixtures/recorder/history-v1.db", import.meta.url);
const START = Date.UTC(2026, 0, 1);
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const KEY = { ip: "192.0.2.1", client: "client1" };
const ALL = { startMs: 0, endMs: START + DAY_MS };

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Times and latencies of all pings of a series. */
async function pings(store: Store, seriesId = 1): Promise<[number, number | null][]> {
  const all: [number, number | null][] = [];
  for await (const block of store.readPings(seriesId, ALL)) {
    all.push(...block.map(({ atMs, latencyMs }): [number, number | null] => [atMs, latencyMs]));
  }
  return all;
}

async function dayCounts(store: Store, nowMs: number): Promise<unknown[]> {
  const all = await store.summaries({ nowMs });
  return all.map(({ windows: { "24h": { replies, lost, failed } } }) => [replies, lost, failed]);
}

Deno.test("openSqliteStore brings a file of version 1 to the new layout, with all that is in it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.db`;
    await Deno.copyFile(OLD_FILE, path);
    const clock = new FakeClock(START + 2 * HOUR_MS + 60_000);
    // Twice: the second time it is of the new version.
    for (let time = 0; time < 2; time++) {
      const store = openSqliteStore({ path, clock });
      assert.deepEqual((await store.listSeries()).map(({ id, ip, client, name }) => [id, ip, client, name]), [
        [1, "192.0.2.1", "client1", "gateway"],
        [2, "2001:db8::1", "client1", undefined],
        [3, "192.0.2.1", "idle", undefined],
      ]);
      assert.deepEqual(
        await pings(store),
        Array.from({ length: 120 }, (_, i) => [START + i * 60_000, i % 10 === 3 ? null : i / 8]),
      );
      assert.deepEqual((await pings(store, 2)).map(([atMs, ms]) => [atMs - START, ms]), [
        [2 * HOUR_MS, 0.5],
        [2 * HOUR_MS, null],
        [2 * HOUR_MS, 2.5],
      ]);
      assert.deepEqual(await dayCounts(store, clock.now()), [[108, 6, 6], [2, 1, 0], [0, 0, 0]]);
      const [first] = await store.summaries({ nowMs: clock.now() });
      assert.deepEqual([first?.state, first?.sinceMs], ["up", START]);
      assert.deepEqual(await store.add([{ ...KEY, atMs: START, latencyMs: 9 }]), ["duplicate"]);
      await store.close();
    }
  }));

Deno.test("openSqliteStore knows names, states and windows after a restart, folded or not", () =>
  inFolder(async (folder) => {
    for (const maxTail of [1, 1000]) {
      const options: SqliteOptions & { clock: FakeClock } = {
        path: `${folder}/${maxTail}.db`,
        maxTail,
        clock: new FakeClock(),
      };
      const { clock } = options;
      const before = openSqliteStore(options);
      await before.register({ ...KEY, name: "old" });
      await before.renameSeries(1, "mine");
      await before.register({ ...KEY, client: "client2" });
      const at = clock.now();
      await clock.advance(400_000);
      const rounds = (key: typeof KEY, from: number, to: number, latencyMs: number | null) =>
        before.add(
          Array.from({ length: to - from }, (_, i) => ({ ...key, atMs: at + (from + i) * 10_000, latencyMs })),
        );
      await rounds(KEY, 0, 30, 2);
      await rounds(KEY, 30, 40, null);
      await rounds({ ...KEY, client: "client2" }, 0, 40, 7);
      const nowMs = clock.now();
      const expected = await before.summaries({ nowMs });
      assert.deepEqual(expected.map(({ state, sinceMs }) => [state, (sinceMs ?? 0) - at]), [["down", 300_000], [
        "up",
        0,
      ]]);
      await before.close();
      const after = openSqliteStore(options);
      assert.deepEqual(await after.summaries({ nowMs }), expected);
      assert.deepEqual(await after.add([{ ...KEY, name: "new", atMs: at, latencyMs: 1 }]), ["duplicate"]);
      assert.equal((await after.getSeries(1))?.name, "mine");
      await after.close();
    }
  }));

Deno.test("openSqliteStore says that another process uses the file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.db`;
    const store = openSqliteStore({ path });
    await store.register(KEY);
    assert.throws(() => openSqliteStore({ path }), {
      name: "Error",
      message: `Cannot open the database: '${path}' must be free: another process uses it`,
    });
    await store.close();
    await openSqliteStore({ path }).close();
  }));

Deno.test("sqlite has every result that was answered, once, wherever its writing stops", () =>
  inFolder(async (folder) => {
    let runs = 0;
    const entry = fc.tuple(fc.nat(719), fc.nat(2));
    const batches = fc.array(fc.array(entry, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 30 }), fc.nat(6), async (list, maxTail, turns) => {
        const own = `${folder}/${runs++}`;
        await Deno.mkdir(own);
        const clock = new FakeClock(START + 2 * HOUR_MS);
        const store = openSqliteStore({ path: `${own}/history.db`, clock, maxTail });
        for (const client of ["a", "b", "c"]) await store.register({ ip: "::1", client });
        const model = new Map<string, number>();
        for (const batch of list) {
          const results = batch.map(([slot, who]): NewResult => (
            { ip: "::1", client: "abc"[who] ?? "", atMs: START + slot * 10_000, latencyMs: slot % 9 }
          ));
          await store.add(results);
          for (const { client, atMs = 0, latencyMs } of results) {
            if (!model.has(`${client} ${atMs}`)) model.set(`${client} ${atMs}`, latencyMs ?? NaN);
          }
        }
        // Now folding goes on in steps: what lies on disk between two of them is what a power loss would leave.
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        await Deno.mkdir(`${own}/copy`);
        for (const name of ["history.db", "history.db-wal"]) Deno.copyFileSync(`${own}/${name}`, `${own}/copy/${name}`);
        await store.close();
        for (const path of [`${own}/copy/history.db`, `${own}/history.db`]) {
          const after = openSqliteStore({ path, clock, maxTail: 1 });
          // Fold what was left, so that the roll-ups tell all of it.
          await after.add([{ ip: "::1", client: "a", atMs: START + 2 * HOUR_MS, latencyMs: 0 }]);
          await clock.advance(HOUR_MS);
          await after.maintain({ nowMs: clock.now() });
          const found = new Map<string, number>();
          for (const { id, client } of await after.listSeries()) {
            for (const [atMs, ms] of await pings(after, id)) {
              if (atMs === START + 2 * HOUR_MS) continue;
              assert.equal(found.has(`${client} ${atMs}`), false);
              found.set(`${client} ${atMs}`, ms ?? NaN);
            }
          }
          assert.deepEqual(new Map([...found].sort()), new Map([...model].sort()));
          const counted = (await dayCounts(after, clock.now())).flat().reduce<number>((sum, n) => sum + Number(n), 0);
          assert.equal(counted, model.size + 1);
          await after.close();
        }
      }),
      { numRuns: 40 },
    );
  }));

Deno.test("sqlite splits an hour that holds very many results, and merges late ones into it", () =>
  inFolder(async (folder) => {
    const clock = new FakeClock(START + HOUR_MS);
    const store = openSqliteStore({ path: `${folder}/history.db`, clock, maxTail: 1000 });
    await store.register(KEY);
    const slots = Array.from({ length: 9000 }, (_, i) => i);
    // Every third one comes last, into blocks that are full.
    const order = [...slots.filter((i) => i % 3 > 0), ...slots.filter((i) => i % 3 === 0)];
    for (let i = 0; i < order.length; i += 500) {
      const batch = order.slice(i, i + 500).map((slot) => ({ ...KEY, atMs: START + slot * 100, latencyMs: slot }));
      assert.deepEqual(new Set(await store.add(batch)), new Set(["accepted"]));
      assert.deepEqual(new Set(await store.add(batch)), new Set(["duplicate"]));
    }
    assert.deepEqual(await pings(store), slots.map((slot) => [START + slot * 100, slot]));
    const chart = await store.series({ seriesId: 1, startMs: START, endMs: START + HOUR_MS, points: 1 });
    assert.deepEqual([chart?.points[0]?.replies, chart?.points[0]?.maxMs], [9000, 8999]);
    await store.close();
  }));

Deno.test("sqlite removes what is above its bound from the file too, also out of the middle of an hour", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.db`;
    const store = openSqliteStore({ path, clock: new FakeClock(START + HOUR_MS), maxTail: 500, maxResults: 5000 });
    await store.register(KEY);
    // Two a second; each tenth second is left out for results that come late.
    const slots = Array.from({ length: 7000 }, (_, i) => i);
    const isLate = (slot: number) => Math.floor(slot / 2) % 10 === 0;
    const add = (list: readonly number[]) =>
      store.add(list.map((slot) => ({ ...KEY, atMs: START + slot * 500, latencyMs: slot })));
    const early = slots.filter((slot) => !isLate(slot));
    for (let i = 0; i < early.length; i += 250) await add(early.slice(i, i + 250));
    // The bound drops 5 % more than it must, whole seconds, from the beginning.
    const [first = NaN] = (await pings(store)).map(([, slot]) => slot ?? NaN);
    assert.ok(first >= early.length - 5000);
    const late = slots.filter((slot) => isLate(slot) && slot > first + 2).slice(0, 200);
    assert.deepEqual(new Set(await add(late)), new Set(["accepted"]));
    const kept = [...early, ...late].filter((slot) => slot >= first).sort((a, b) => a - b);
    assert.deepEqual((await pings(store)).map(([, slot]) => slot), kept);
    await store.maintain({ nowMs: START + 2 * HOUR_MS });
    assert.deepEqual((await pings(store)).map(([, slot]) => slot), kept);
    await store.close();
    const db = new DatabaseSync(path);
    const rows = db.prepare("SELECT sum(n) AS n FROM blocks").get();
    db.close();
    assert.ok(Number(rows?.n) <= 5000, `${rows?.n} results are in the file`);
  }));

Deno.test("sqlite finds the newest results in blocks where those that came last are older", () =>
  inFolder(async (folder) => {
    const clock = new FakeClock(START + HOUR_MS);
    const options = { path: `${folder}/history.db`, clock };
    const before = openSqliteStore(options);
    await before.register(KEY);
    const add = (slots: number[]) =>
      before.add(slots.map((slot) => ({ ...KEY, atMs: START + slot * 10_000, latencyMs: slot })));
    await add(Array.from({ length: 50 }, (_, i) => 100 + i));
    await clock.advance(HOUR_MS);
    await before.maintain({ nowMs: clock.now() });
    await add(Array.from({ length: 50 }, (_, i) => i));
    await before.close();
    const store = openSqliteStore(options);
    const [summary] = await store.summaries({ nowMs: clock.now() });
    assert.deepEqual(summary?.recent.map(({ latencyMs }) => latencyMs), Array.from({ length: 30 }, (_, i) => 120 + i));
    await store.close();
  }));

Deno.test("sqlite knows a late result again for as long as it keeps raw ones", () =>
  inFolder(async (folder) => {
    const clock = new FakeClock(START + 100 * DAY_MS);
    const retention = { rawMs: 3 * HOUR_MS, minuteMs: 30 * DAY_MS, hourMs: 730 * DAY_MS };
    const store = openSqliteStore({ path: `${folder}/history.db`, clock, retention });
    await store.register(KEY);
    const late = [{ ...KEY, atMs: START, latencyMs: 1 }];
    const outcomes: unknown[] = [];
    for (let hour = 0; hour < 6; hour++) {
      outcomes.push(...await store.add(late));
      await clock.advance(HOUR_MS);
      await store.maintain({ nowMs: clock.now() });
    }
    assert.deepEqual(outcomes.slice(0, 4), ["accepted", "duplicate", "duplicate", "duplicate"]);
    assert.equal(outcomes.at(-1), "too-old");
    await store.close();
  }));

Deno.test("sqlite takes results again after a clock that was ahead has been set right", () =>
  inFolder(async (folder) => {
    const clock = new FakeClock(START + 1000 * DAY_MS);
    const store = openSqliteStore({ path: `${folder}/history.db`, clock });
    await store.register(KEY);
    await store.maintain({ nowMs: clock.now() });
    clock.stepWall(-1000 * DAY_MS);
    assert.deepEqual(await store.add([{ ...KEY, atMs: START, latencyMs: 1 }]), ["accepted"]);
    await store.close();
  }));

Deno.test("sqlite lets each batch of one commit fail or pass by itself", () =>
  inFolder(async (folder) => {
    const store = openSqliteStore({ path: `${folder}/history.db`, clock: new FakeClock(START + HOUR_MS) });
    await store.register(KEY);
    const good = store.add([{ ...KEY, atMs: START, latencyMs: 1 }]);
    const bad = store.add([{ ...KEY, atMs: START + 1, latencyMs: 2 }, {
      ...KEY,
      atMs: START + 2,
      latencyMs: Infinity,
    }]);
    const later = store.add([{ ...KEY, atMs: START + 1, latencyMs: 3 }, { ...KEY, atMs: START, latencyMs: 4 }]);
    await assert.rejects(bad, {
      name: "RangeError",
      message: "Cannot store a result: 'latencyMs' must be at most 3600000: it is Infinity",
    });
    assert.deepEqual([await good, await later], [["accepted"], ["accepted", "duplicate"]]);
    assert.deepEqual(await pings(store), [[START, 1], [START + 1, 3]]);
    await store.close();
  }));

Deno.test("sqlite stores what was added before it was closed", () =>
  inFolder(async (folder) => {
    const options = { path: `${folder}/history.db`, clock: new FakeClock(START + HOUR_MS) };
    const store = openSqliteStore(options);
    await store.register(KEY);
    const adding = store.add([{ ...KEY, atMs: START, latencyMs: 1 }]);
    await store.close();
    assert.deepEqual(await adding, ["accepted"]);
    const again = openSqliteStore(options);
    assert.deepEqual(await pings(again), [[START, 1]]);
    await again.close();
  }));
