// deno-lint-ignore-file no-console -- what a benchmark prints is its purpose
import assert from "node:assert/strict";
import { openPostgresStore } from "../../lib/recorder/postgres.ts";
import { parsePostgresUrl, toAddress } from "../../lib/recorder/postgres_url.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import type { Store } from "../../lib/recorder/store.ts";
import { FakeClock } from "../fake_clock.ts";
import { startPostgres } from "../postgres_server.ts";
import { startProcess } from "../process.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const DENO = [
  "run",
  "--allow-net",
  "--allow-run",
  "--allow-read",
  "--allow-write",
  "--no-prompt",
  "--frozen",
  "--no-check",
];
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** Series by series: how many results, their sum, and the points of charts near and far. */
async function digest(store: Store, nowMs: number): Promise<unknown> {
  const all = [];
  for (const { id, ...series } of await store.listSeries()) {
    let [count, sum] = [0, 0];
    for await (const block of store.readPings(id, { startMs: 0, endMs: nowMs + DAY })) {
      count += block.length;
      for (const { latencyMs, atMs, cause } of block) sum += (latencyMs ?? (cause === undefined ? 1 : 2)) + atMs % 977;
    }
    const charts = [];
    for (const hours of [1, 20, 24 * 6, 24 * 20, 24 * 80]) {
      charts.push(await store.series({ seriesId: id, startMs: nowMs - hours * HOUR, endMs: nowMs, points: 300 }));
    }
    all.push({ series, count, sum: Math.round(sum), charts });
  }
  return all;
}

/** A history of 21 days, two thirds of it in roll-ups alone. */
async function fill(path: string, perSeries: number, seriesCount: number, nowMs: number): Promise<void> {
  const clock = new FakeClock(nowMs - 21 * DAY);
  const store = openSqliteStore({ path, clock });
  const keys = Array.from(
    { length: seriesCount },
    (_, i) => ({ client: `c${i % 3}`, ip: `192.0.2.${i}`, name: `n${i}` }),
  );
  for (const key of keys) await store.register(key);
  const steps = 21;
  const stepMs = 21 * DAY / steps;
  const each = Math.floor(perSeries / steps);
  for (let step = 0; step < steps; step++) {
    for (const [k, key] of keys.entries()) {
      await store.add(Array.from({ length: each }, (_, i) => ({
        ...key,
        atMs: Math.floor(clock.now() + (i * stepMs) / each),
        latencyMs: i % 97 === 0 ? null : ((i * 7919 + k * 31 + step) % 50_000) / 1000,
      })));
    }
    await clock.advance(stepMs);
    await store.maintain({ nowMs: clock.now() });
  }
  await store.renameSeries(1, "by hand");
  await store.close();
}

/** Copies, killing the copy as often as asked, and compares. */
export async function copyAndCompare(perSeries: number, seriesCount: number, kills: number): Promise<number> {
  const folder = await Deno.makeTempDir();
  const server = await startPostgres({ settings: ["fsync = off"] });
  try {
    const nowMs = Math.floor(Date.now() / HOUR) * HOUR + 5 * MINUTE;
    const from = `${folder}/history.db`;
    await fill(from, perSeries, seriesCount, nowMs);
    const db = await server.createDatabase();
    const command = [Deno.execPath(), ...DENO, MAIN, "recorder", "copy", "--from", from, "--to", db];
    for (let kill = 0; kill < kills; kill++) {
      const copy = startProcess(command);
      await copy.until(
        new RegExp(`${(kill + 1) * Math.floor(100 / (kills + 1) / 10) * 10} % of \\d+ results`),
        120_000,
      );
      copy.kill("SIGKILL");
      await copy.ended;
      assert.doesNotMatch(copy.output(), /all is copied/);
    }
    const began = performance.now();
    const { code, output } = await startProcess(command).ended;
    const tookMs = performance.now() - began;
    assert.equal(code, 0, output);
    assert.match(output, /100 % of \d+ results are copied\nall is copied\n$/);
    // A further one finds everything there.
    assert.equal((await startProcess(command).ended).code, 0);
    const clock = new FakeClock(nowMs);
    const before = openSqliteStore({ path: from, clock });
    const after = await openPostgresStore({ address: toAddress(parsePostgresUrl(db)), clock });
    assert.deepEqual(await digest(after, nowMs), await digest(before, nowMs));
    // To the minute: what is older than raw results is known from roll-ups.
    const states = async (store: Store) =>
      (await store.summaries({ nowMs })).map(({ series, state, sinceMs, last, recent }) => ({
        ...series,
        id: 0,
        ...{ state, last, recent, since: Math.floor((sinceMs ?? 0) / MINUTE) },
      }));
    assert.deepEqual(await states(after), await states(before));
    const [first] = await after.listSeries();
    await after.add([{ ...(first ?? assert.fail()), name: "by a client", latencyMs: 1 }]);
    assert.equal((await after.listSeries())[0]?.name, "by hand");
    await Promise.all([before.close(), after.close()]);
    return tookMs;
  } finally {
    await server.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

// Run: deno run -A tests/bench/postgres_copy.ts: 3,000,000 results of 21 days: a million raw ones, the rest in roll-ups alone.
if (import.meta.main) {
  const tookMs = await copyAndCompare(150_000, 20, 2);
  console.log(`equal after two kills; the last part took ${Math.round(tookMs)} ms`);
}
