import assert from "node:assert/strict";
import { openPostgresStore } from "../../lib/recorder/postgres.ts";
import { connectPostgres } from "../../lib/recorder/postgres_connect.ts";
import { openPostgresCopy } from "../../lib/recorder/postgres_copy.ts";
import { parsePostgresUrl, toAddress } from "../../lib/recorder/postgres_url.ts";
import { Results } from "../../lib/recorder/results.ts";
import { addToBlock, LEVELS, totalIn } from "../../lib/recorder/rollup.ts";
import { storeSuite } from "../contract/store_suite.ts";
import { FakeClock } from "../fake_clock.ts";
import { startPostgres } from "../postgres_server.ts";

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const server = await startPostgres({ settings: ["fsync = off"] });

storeSuite("postgres", async ({ clock, retention, maxSeries }) => {
  const address = toAddress(parsePostgresUrl(await server.createDatabase()));
  const store = await openPostgresStore({
    address,
    clock,
    ...(retention === undefined ? {} : { retention }),
    ...(maxSeries === undefined ? {} : { maxSeries }),
  });
  return { store, dispose: () => store.close() };
}, { hasBound: false });

Deno.test("postgres never counts a result twice whose day it has dropped", async () => {
  const clock = new FakeClock();
  const address = toAddress(parsePostgresUrl(await server.createDatabase()));
  const retention = { rawMs: HOUR_MS, minuteMs: 30 * DAY_MS, hourMs: 30 * DAY_MS };
  const store = await openPostgresStore({ address, clock, retention });
  const key = { ip: "192.0.2.1", client: "c" };
  await store.register(key);
  const startMs = clock.now();
  const sent = [0, 10, 20].map((s) => ({ ...key, atMs: startMs + s * 1000, latencyMs: s }));
  await store.add(sent);
  await clock.advance(30 * HOUR_MS);
  await store.maintain({ nowMs: clock.now() });
  assert.deepEqual(await store.add(sent), ["too-old", "too-old", "too-old"]);
  // A minute of which nothing was counted still takes what comes late, once.
  const late = [{ ...key, atMs: startMs + 120_000, latencyMs: 1 }];
  assert.deepEqual(await store.add(late), ["accepted"]);
  assert.deepEqual(await store.add(late), ["duplicate"]);
  const chart = await store.series({ seriesId: 1, startMs, endMs: clock.now(), points: 1 });
  assert.equal(chart?.points[0]?.replies, 4);
  await store.close();
});

Deno.test("openPostgresCopy adds the roll-ups of a source once, to those that are there", async () => {
  const address = toAddress(parsePostgresUrl(await server.createDatabase()));
  const target = await openPostgresCopy(address);
  const [minutes] = LEVELS;
  const results = new Results();
  for (let i = 0; i < 5; i++) results.insert(i * 1_000_000, 1000);
  const block = { block: 0, data: addToBlock(minutes, undefined, 0, results, 0, 5) };
  const countNow = async () => {
    const sql = connectPostgres(address, { maxConnections: 1 });
    const [row] = await sql`SELECT data FROM rollups_1m`;
    await sql.end();
    return totalIn(row?.data, 0);
  };
  const counts: number[] = [];
  for (const name of ["a.db", "a.db", "b.db"]) {
    await target.begin({ name, rawFromMs: HOUR_MS });
    const progress = await target.series({ id: 9, ip: "i", client: "c", createdAtMs: 0 }, false);
    await target.storeRollups(progress, minutes, [block]);
    counts.push(await countNow());
  }
  assert.deepEqual(counts, [5, 5, 10]);
  await target.close();
});

Deno.test("postgres server ends", () => server.dispose());
