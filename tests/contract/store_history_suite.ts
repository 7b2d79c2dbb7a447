import assert from "node:assert/strict";
import fc from "fast-check";
import { CAUSES } from "../../lib/recorder_contract.ts";
import type { Retention } from "../../lib/recorder/retention.ts";
import type { Chart, NewResult, Outage, Ping, Store } from "../../lib/recorder/store.ts";
import type { FakeClock } from "../fake_clock.ts";

/** Declares one test of a store. */
export type Fact = (
  text: string,
  body: (store: Store, clock: FakeClock) => Promise<void>,
  limits?: { readonly retention?: Retention; readonly maxResults?: number },
) => void;

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const KEY = { ip: "192.0.2.1", client: "client1" };
const ALL = { startMs: 0, endMs: 4_000_000_000_000 };

/** Raw results for an hour only: what is older can come from roll-ups alone. */
const SHORT_RAW: Retention = { rawMs: HOUR_MS, minuteMs: 30 * DAY_MS, hourMs: 730 * DAY_MS };

async function idOf(store: Store, key: { ip: string; client: string } = KEY): Promise<number> {
  const [series] = await store.listSeries({ ip: key.ip, client: key.client });
  return series?.id ?? assert.fail(`${key.client} ${key.ip} is not registered`);
}

async function pings(store: Store, range = ALL): Promise<Ping[]> {
  const all: Ping[] = [];
  for await (const block of store.readPings(await idOf(store), range)) all.push(...block);
  return all;
}

async function chart(store: Store, startMs: number, endMs: number, points = 500): Promise<Chart> {
  const chart = await store.series({ seriesId: await idOf(store), startMs, endMs, points });
  assert.ok(chart !== undefined && chart.points.length <= points);
  return chart;
}

function totals({ points }: Chart): number[] {
  const sum = (field: "replies" | "lost" | "failed") => points.reduce((total, point) => total + point[field], 0);
  return [sum("replies"), sum("lost"), sum("failed")];
}

/** A result each 10 s from `startMs` on, one for each letter: reply, lost or failed; a dot is a round without one. */
function rounds(letters: string, startMs: number, key = KEY): NewResult[] {
  return [...letters].flatMap((letter, i): NewResult[] => {
    const atMs = startMs + i * 10_000;
    if (letter === "r") return [{ ...key, atMs, latencyMs: 1 + i % 5 }];
    if (letter === "l") return [{ ...key, atMs, latencyMs: null, cause: "timeout" }];
    return letter === "f" ? [{ ...key, atMs, latencyMs: null, cause: "unresolved" }] : [];
  });
}

/** What every Store must do with its history: charts, summaries, outages, retention, names and export. */
export function historySuite(fact: Fact): void {
  fact("finds series by client, by ip, and by a part of what they are called", async (store) => {
    await store.register({ ...KEY, name: "Gateway" });
    await store.register({ ip: "192.0.2.20", client: "Berlin" });
    await store.register({ ip: "2001:db8::1", client: "client1" });
    const found = async (filter: object) => (await store.listSeries(filter)).map(({ ip }) => ip);
    assert.deepEqual(await found({ client: "client1" }), ["192.0.2.1", "2001:db8::1"]);
    assert.deepEqual(await found({ ip: "192.0.2.2" }), []);
    assert.deepEqual(await found({ ip: "192.0.2.20" }), ["192.0.2.20"]);
    assert.deepEqual(await found({ search: "GATE" }), ["192.0.2.1"]);
    assert.deepEqual(await found({ search: "berl" }), ["192.0.2.20"]);
    assert.deepEqual(await found({ search: "192.0", client: "client1" }), ["192.0.2.1"]);
    assert.deepEqual(await found({ search: "%" }), []);
    const id = await idOf(store);
    assert.equal((await store.getSeries(id))?.name, "Gateway");
    assert.equal(await store.getSeries(id + 1000), undefined);
  });

  fact("keeps the name that a person has set, and that a person has taken away", async (store) => {
    await store.register({ ...KEY, name: "from the client" });
    const id = await idOf(store);
    for (const name of ["from a person", null]) {
      const renamed = await store.renameSeries(id, name);
      assert.equal(renamed?.name, name ?? undefined);
      await store.add([{ ...KEY, name: "from a result", latencyMs: 1 }]);
      await store.register({ ...KEY, name: "from a registration" });
      assert.deepEqual(await store.getSeries(id), renamed);
    }
    assert.equal(await store.renameSeries(id + 1000, "x"), undefined);
  });

  fact("deletes a series with its history and with nothing of another", async (store, clock) => {
    const other = { ...KEY, client: "client2" };
    for (const key of [KEY, other]) await store.register(key);
    const at = clock.now() - 2 * HOUR_MS;
    for (const key of [KEY, other]) await store.add(rounds("rrlrr", at, key));
    await store.maintain({ nowMs: clock.now() });
    const id = await idOf(store);
    assert.equal(await store.deleteSeries(id), true);
    assert.equal(await store.deleteSeries(id), false);
    assert.equal(await store.getSeries(id), undefined);
    assert.deepEqual(await store.add(rounds("r", at)), ["unknown-target"]);
    assert.equal(await store.series({ seriesId: id, ...ALL, points: 5 }), undefined);
    for await (const _ of store.readPings(id, ALL)) assert.fail("there are pings of a deleted series");
    assert.equal(await store.register(KEY), "created");
    assert.notEqual(await idOf(store), id);
    assert.deepEqual(await pings(store), []);
    const [first, ...rest] = await store.summaries({ nowMs: clock.now() });
    assert.deepEqual([first?.series.client, first?.windows["24h"].replies, rest.length], ["client2", 4, 1]);
  });

  fact("exports the rows of those series that are asked for", async (store, clock) => {
    const other = { ip: "192.0.2.2", client: "client1" };
    for (const key of [KEY, other, { ...KEY, client: "idle" }]) await store.register(key);
    const at = clock.now() - HOUR_MS;
    for (const key of [KEY, other]) await store.add(rounds("rlf", at, key));
    const rows = async (filter: object) => {
      const all: string[] = [];
      for await (const { series, pings } of store.exportRows({ startMs: at, endMs: at + 20_000, ...filter })) {
        all.push(...pings.map(({ atMs, latencyMs, cause }) => `${series.ip} ${atMs - at} ${latencyMs} ${cause}`));
      }
      return all;
    };
    assert.deepEqual(await rows({ ip: other.ip }), ["192.0.2.2 0 1 undefined", "192.0.2.2 10000 null timeout"]);
    assert.equal((await rows({})).length, 4);
    assert.deepEqual(await rows({ client: "idle" }), []);
  });

  fact("charts raw results exactly, without a point for a gap", async (store, clock) => {
    await store.register(KEY);
    const at = Math.floor(clock.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
    await store.add(rounds("rrrrrlffllll......rrrrrr", at));
    const { stepMs, source, points } = await chart(store, at, at + 240_000, 4);
    assert.deepEqual([stepMs, source, points.length], [60_000, "raw", 3]);
    assert.deepEqual(points[0], {
      timeMs: at,
      replies: 5,
      lost: 1,
      failed: 0,
      minMs: 1,
      p5Ms: 1,
      medianMs: 3,
      p95Ms: 5,
      maxMs: 5,
      meanMs: 3,
    });
    assert.deepEqual([points[1]?.lost, points[1]?.failed, points[1]?.medianMs], [4, 2, null]);
    assert.deepEqual([points[2]?.timeMs, points[2]?.replies], [at + 180_000, 6]);
    assert.deepEqual(totals(await chart(store, at + 10_000, at + 50_000)), [4, 0, 0]);
    assert.deepEqual((await chart(store, at - HOUR_MS, at)).points, []);
    assert.equal(await store.series({ seriesId: 99_999, ...ALL, points: 5 }), undefined);
  });

  fact("charts from roll-ups what raw results no longer tell, and counts late ones right", async (store, clock) => {
    await store.register(KEY);
    const at = Math.floor(clock.now() / HOUR_MS) * HOUR_MS - HOUR_MS / 2;
    await clock.advance(30_000);
    await store.add(rounds("rrrlff", at));
    await clock.advance(3 * HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    assert.deepEqual(await pings(store), []);
    // A backlog from before, one result of which is there already.
    const late = rounds("rrlll", at + 300_000);
    assert.deepEqual(new Set(await store.add(late)), new Set(["accepted"]));
    assert.deepEqual(new Set(await store.add(late)), new Set(["duplicate"]));
    await clock.advance(HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    for (const points of [500, 10, 1]) {
      assert.deepEqual(totals(await chart(store, at - HOUR_MS, at + HOUR_MS, points)), [5, 4, 2]);
    }
    const { source, points: [first, second] } = await chart(store, at, at + HOUR_MS);
    assert.deepEqual([source, first?.timeMs, first?.replies], ["1m", at, 3]);
    assert.deepEqual([first?.minMs, first?.maxMs, first?.meanMs], [1, 3, 2]);
    assert.ok(Math.abs((first?.medianMs ?? 0) - 2) <= 0.02);
    assert.deepEqual([second?.timeMs, second?.replies, second?.lost], [at + 300_000, 2, 3]);
  }, { retention: SHORT_RAW });

  fact("never counts a result twice whose raw row it has dropped", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now();
    const sent = rounds("rrlf", at);
    await store.add(sent);
    for (let i = 0; i < 3; i++) {
      await clock.advance(2 * HOUR_MS);
      await store.maintain({ nowMs: clock.now() });
      const outcomes = await store.add(sent);
      assert.ok(outcomes.every((outcome) => outcome === "duplicate" || outcome === "too-old"), outcomes.join());
    }
    assert.deepEqual(totals(await chart(store, at - HOUR_MS, at + HOUR_MS)), [2, 1, 1]);
  }, { retention: SHORT_RAW });

  fact("takes what is as old as its longest roll-up, once", async (store, clock) => {
    await store.register(KEY);
    const old = rounds("rrrl", clock.now() - 729 * DAY_MS);
    assert.deepEqual(new Set(await store.add(old)), new Set(["accepted"]));
    assert.deepEqual(new Set(await store.add(old)), new Set(["duplicate"]));
    assert.deepEqual(await store.add(rounds("r", clock.now() - 731 * DAY_MS)), ["too-old"]);
    await clock.advance(90 * MINUTE_MS);
    await store.maintain({ nowMs: clock.now() });
    const { source, points } = await chart(store, clock.now() - 730 * DAY_MS, clock.now());
    assert.deepEqual([source, points.length, points[0]?.replies, points[0]?.lost], ["1h", 1, 3, 1]);
  }, { retention: SHORT_RAW });

  fact("forgets roll-ups when their time is over", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now();
    await store.add(rounds("rrr", at));
    const replies = async () => totals(await chart(store, at - HOUR_MS, at + HOUR_MS, 2000))[0];
    await clock.advance(25 * HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    assert.equal(await replies(), 3);
    await clock.advance(50 * HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    assert.equal(await replies(), 0);
  }, { retention: { rawMs: HOUR_MS, minuteMs: DAY_MS, hourMs: 2 * DAY_MS } });

  fact("says how each series is doing", async (store, clock) => {
    const keys = ["up", "down", "unmeasured", "silent", "new"].map((client) => ({ ...KEY, client }));
    for (const key of keys) await store.register(key);
    const at = clock.now();
    const letters = ["rrrrrlrr", "rrrrrlll", "rrrrrfff", "rrrrr...", "........"];
    await clock.advance(80_000);
    for (const [i, key] of keys.entries()) await store.add(rounds(letters[i] ?? "", at, key));
    await clock.advance(30_000);
    const all = await store.summaries({ nowMs: clock.now() });
    assert.deepEqual(all.map(({ state }) => state), ["up", "down", "unmeasured", "silent", "new"]);
    assert.deepEqual(all.map(({ sinceMs }) => sinceMs === null ? null : (sinceMs - at) / 10_000), [0, 5, 5, 4, null]);
    assert.deepEqual(all.map(({ series }) => series.client), keys.map(({ client }) => client));
    const [up, , , silent, fresh] = all;
    for (const { medianMs, ...exact } of Object.values(up?.windows ?? {})) {
      assert.deepEqual(exact, { replies: 7, lost: 1, failed: 0, p95Ms: 5 });
      assert.ok(Math.abs((medianMs ?? 0) - 3) <= 0.03);
    }
    assert.deepEqual(up?.last, { atMs: at + 70_000, latencyMs: 3 });
    assert.deepEqual(silent?.recent.map((ping) => ping.latencyMs), [1, 2, 3, 4, 5]);
    assert.deepEqual([fresh?.last, fresh?.recent, fresh?.windows["24h"].medianMs], [null, [], null]);
    assert.deepEqual((await store.summaries({ nowMs: clock.now(), client: "down" })).map(({ state }) => state), [
      "down",
    ]);
    assert.equal((await store.summaries({ nowMs: clock.now(), search: "SIL" })).length, 1);
  });

  fact("moves its windows on, and counts late results in those that hold them", async (store, clock) => {
    await store.register(KEY);
    const replies = async () => {
      const [summary] = await store.summaries({ nowMs: clock.now() });
      return (["5m", "1h", "24h"] as const).map((window) => summary?.windows[window].replies);
    };
    await store.add(rounds("rrrrrr", clock.now()));
    assert.deepEqual(await replies(), [6, 6, 6]);
    await clock.advance(10 * MINUTE_MS);
    await store.add(rounds("rr", clock.now()));
    assert.deepEqual(await replies(), [2, 8, 8]);
    await store.add(rounds("rrr", clock.now() - 30 * MINUTE_MS));
    assert.deepEqual(await replies(), [2, 11, 11]);
    await clock.advance(HOUR_MS + 5 * MINUTE_MS);
    await store.maintain({ nowMs: clock.now() });
    assert.deepEqual(await replies(), [0, 0, 11]);
    await store.add(rounds("r", clock.now() - 20 * HOUR_MS));
    assert.deepEqual(await replies(), [0, 0, 12]);
    await clock.advance(10 * HOUR_MS);
    assert.deepEqual(await replies(), [0, 0, 11]);
    await clock.advance(15 * HOUR_MS);
    assert.deepEqual(await replies(), [0, 0, 0]);
  }, { retention: { rawMs: 2 * DAY_MS, minuteMs: 2 * DAY_MS, hourMs: 2 * DAY_MS } });

  fact("sees a late outage, and a gap that is filled late, in the state it tells", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now() - 30 * MINUTE_MS;
    await store.add([...rounds("r".repeat(60), at), ...rounds("r".repeat(66), at + 20 * MINUTE_MS)]);
    const since = async () => {
      const [summary] = await store.summaries({ nowMs: clock.now() });
      return [summary?.state, ((summary?.sinceMs ?? 0) - at) / MINUTE_MS];
    };
    assert.deepEqual(await since(), ["up", 20]);
    await store.add(rounds("r".repeat(60), at + 10 * MINUTE_MS));
    assert.deepEqual(await since(), ["up", 0]);
    await clock.advance(MINUTE_MS);
    const lost = [5, 6, 7].map((s) => ({ ...KEY, atMs: at + 25 * MINUTE_MS + s * 1000, latencyMs: null }));
    await store.add([...lost, { ...KEY, latencyMs: 1 }]);
    assert.deepEqual((await since())[1], 25 + 10 / 60);
  });

  fact("tells the outages of each series, and what others saw of the same target", async (store, clock) => {
    const [a, b, c] = ["a", "b", "c"].map((client) => ({ ...KEY, client }));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    for (const key of [a, b, c, { ip: "192.0.2.9", client: "d" }]) await store.register(key);
    const at = clock.now() - HOUR_MS;
    await store.add(rounds("rrrrrrlllllrrrrrrrrrrrrrrrr", at, a));
    await store.add(rounds("rrrrrrrllllrrrrrrfffrrrrrrr", at, b));
    await store.add(rounds("rrrrrrrrrrrrr.........rrrrr", at, c));
    const nowMs = at + 27 * 10_000;
    const shown = ({ series, kind, startMs, endMs, cause, lost, failed, alsoDown, upFor }: Outage) =>
      [
        series.client,
        kind,
        (startMs - at) / 10_000,
        endMs === null ? "on" : (endMs - at) / 10_000,
        cause,
        lost,
        failed,
        alsoDown.join(),
        upFor.join(),
      ].join(" ");
    const ask = async (filter: object, range = { startMs: at, endMs: nowMs }) =>
      (await store.outages({ ...range, nowMs, ...filter })).map(shown);
    assert.deepEqual(await ask({}), [
      "b not-measured 17 20 unresolved 0 3  ",
      "c client-silent 12 22  0 0  ",
      "b target-down 7 11 timeout 4 0 a c",
      "a target-down 6 11 timeout 5 0 b c",
    ]);
    assert.deepEqual(await ask({ client: "a" }), ["a target-down 6 11 timeout 5 0 b c"]);
    assert.deepEqual(await ask({ ip: "192.0.2.9" }), []);
    assert.deepEqual(await ask({ client: "a" }, { startMs: at + 80_000, endMs: at + 90_000 }), [
      "a target-down 6 11 timeout 5 0 b c",
    ]);
    assert.deepEqual(await ask({ client: "a" }, { startMs: at, endMs: at + 60_000 }), []);
    assert.equal((await store.outages({ startMs: at, endMs: nowMs + HOUR_MS, nowMs: nowMs + HOUR_MS })).length, 7);
  });

  fact("tells when an outage began that began long before the range", async (store, clock) => {
    await store.register(KEY);
    const at = clock.now() - 20 * HOUR_MS;
    await store.add([...rounds("rrrrrrrr", at), ...rounds("l".repeat(7000), at + 80_000)]);
    const nowMs = at + 80_000 + 7000 * 10_000;
    const [outage, ...rest] = await store.outages({ startMs: nowMs - MINUTE_MS, endMs: nowMs, nowMs });
    assert.deepEqual([outage?.kind, outage?.startMs, outage?.endMs, outage?.lost], [
      "target-down",
      at + 80_000,
      null,
      7000,
    ]);
    assert.deepEqual(rest, []);
    const later = nowMs + 2 * HOUR_MS;
    const [silence] = await store.outages({ startMs: later - MINUTE_MS, endMs: later, nowMs: later });
    assert.deepEqual([silence?.kind, silence?.startMs, silence?.endMs], ["client-silent", nowMs - 10_000, null]);
  });

  fact("finds outages in roll-ups, to the minute, where raw results are gone", async (store, clock) => {
    await store.register(KEY);
    const at = Math.floor(clock.now() / HOUR_MS) * HOUR_MS;
    await store.add(rounds("r".repeat(60) + "l".repeat(60) + "r".repeat(60), at));
    await clock.advance(5 * HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    const outages = await store.outages({ startMs: at, endMs: at + HOUR_MS, nowMs: clock.now() });
    assert.deepEqual(outages.map(({ kind }) => kind), ["client-silent", "target-down"]);
    assert.deepEqual([outages[1]?.startMs, outages[1]?.endMs, outages[1]?.lost], [
      at + 10 * MINUTE_MS,
      at + 20 * MINUTE_MS,
      60,
    ]);
  }, { retention: SHORT_RAW });

  fact("agrees with a list of all results, whatever comes when", async (store, clock) => {
    await store.register(KEY);
    const start = Math.floor(clock.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
    await clock.advance(start + 3 * HOUR_MS - clock.now());
    const model = new Map<number, NewResult>();
    const result = fc.record({
      slot: fc.nat(3 * 360 + 20),
      value: fc.oneof({ weight: 3, arbitrary: fc.nat(200_000) }, fc.constantFrom(...CAUSES, undefined)),
    });
    const steps = fc.array(fc.tuple(fc.array(result, { maxLength: 40 }), fc.boolean(), fc.nat(5)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        for (const [batch, maintain, minutes] of list) {
          const results = batch.map(({ slot, value }): NewResult => ({
            ...KEY,
            atMs: start + slot * 10_000 + slot % 7,
            ...typeof value === "number" ? { latencyMs: value / 1000 } : { latencyMs: null, cause: value },
          }));
          const expected = results.map((one) => {
            if (model.has(one.atMs ?? 0)) return "duplicate";
            model.set(one.atMs ?? 0, one);
            return "accepted";
          });
          assert.deepEqual(await store.add(results), expected);
          if (maintain) await store.maintain({ nowMs: clock.now() });
          await clock.advance(minutes * MINUTE_MS);
        }
        const sorted = [...model.values()].sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
        assert.deepEqual(
          (await pings(store)).map(({ atMs, latencyMs }) => [atMs, latencyMs]),
          sorted.map((one) => [one.atMs, one.latencyMs]),
        );
        const kind = ({ latencyMs, cause }: NewResult) =>
          latencyMs !== null
            ? "replies"
            : cause === undefined || cause === "timeout" || cause === "unreachable"
            ? "lost"
            : "failed";
        const count = (list: readonly NewResult[]) =>
          (["replies", "lost", "failed"] as const).map((name) => list.filter((one) => kind(one) === name).length);
        assert.deepEqual(totals(await chart(store, start - HOUR_MS, start + 5 * HOUR_MS, 50)), count(sorted));
        const [summary] = await store.summaries({ nowMs: clock.now() });
        const { replies = 0, lost = 0, failed = 0 } = summary?.windows["24h"] ?? {};
        assert.deepEqual([replies, lost, failed], count(sorted));
      }),
      { numRuns: 40 },
    );
    // And from the roll-ups alone: a chart of so long a range never reads raw results that are dropped.
    await clock.advance(12 * HOUR_MS);
    await store.maintain({ nowMs: clock.now() });
    const long = await chart(store, start - 30 * DAY_MS, clock.now(), 500);
    assert.equal(long.source, "1h");
    assert.equal(totals(long).reduce((a, b) => a + b), model.size);
    const answered = [...model.values()].flatMap(({ latencyMs }) => latencyMs ?? []);
    assert.equal(Math.max(...long.points.map(({ maxMs }) => maxMs ?? 0)), Math.max(...answered));
  }, { retention: { rawMs: 10 * HOUR_MS, minuteMs: 5 * DAY_MS, hourMs: 60 * DAY_MS } });

  fact("takes ten clients that post while a page reads, and loses nothing", async (store, clock) => {
    const clients = Array.from({ length: 10 }, (_, i) => ({ ...KEY, client: `client${i}` }));
    for (const key of clients) await store.register(key);
    const at = clock.now() - HOUR_MS;
    let posting = clients.length;
    const post = async (key: typeof KEY) => {
      for (let i = 0; i < 100; i++) {
        const outcomes = await store.add(rounds("rrr", at + i * 30_000, key));
        assert.deepEqual(outcomes, ["accepted", "accepted", "accepted"]);
      }
      posting--;
    };
    const read = async () => {
      while (posting > 0) {
        for (const { series } of await store.summaries({ nowMs: clock.now() })) {
          await store.series({ seriesId: series.id, startMs: at, endMs: clock.now(), points: 100 });
        }
        await store.outages({ startMs: at, endMs: clock.now(), nowMs: clock.now() });
        await store.maintain({ nowMs: clock.now() });
      }
    };
    await Promise.all([read(), ...clients.map(post)]);
    const all = await store.summaries({ nowMs: clock.now() });
    assert.deepEqual(all.map(({ windows }) => windows["24h"].replies), clients.map(() => 300));
  });
}
