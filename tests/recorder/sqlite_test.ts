import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { migrate } from "../../lib/recorder/sqlite_schema.ts";
import { storeSuite } from "../contract/store_suite.ts";
import { FakeClock } from "../fake_clock.ts";

storeSuite("sqlite in memory", (limits) => {
  const store = openSqliteStore(limits);
  return Promise.resolve({ store, dispose: () => store.close() });
});

// A tail of one result: all is folded into blocks as soon as it comes, and again with each that follows.
for (const [name, maxTail] of [["sqlite in a file", undefined], ["sqlite that folds at once", 1]] as const) {
  storeSuite(name, async (limits) => {
    const folder = await Deno.makeTempDir();
    const store = openSqliteStore({ ...limits, maxTail, path: `${folder}/history.db` });
    return {
      store,
      async dispose() {
        await store.close();
        await Deno.remove(folder, { recursive: true });
      },
    };
  });
}

const ALL_TIME = { startMs: 0, endMs: 8e15 };

Deno.test("openSqliteStore finds what was stored before, and still knows its bound", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = { path: `${folder}/history.db`, clock: new FakeClock(), maxResults: 3 };
    const key = { ip: "::1", client: "c", name: "me" };
    const atMs = options.clock.now();
    const first = openSqliteStore(options);
    await first.register(key);
    await first.add([0, 1, 2].map((i) => ({ ...key, atMs: atMs + 1000 * i, latencyMs: i })));
    await first.close();

    const second = openSqliteStore(options);
    assert.equal(await second.register(key), "existed");
    assert.deepEqual(await second.add([{ ...key, atMs, latencyMs: 9 }, { ...key, atMs: atMs + 3000, latencyMs: 3 }]), [
      "duplicate",
      "accepted",
    ]);
    const blocks = await Array.fromAsync(second.readPings(1, ALL_TIME));
    assert.deepEqual(blocks.flat().map((ping) => ping.latencyMs), [1, 2, 3]);
    await second.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openSqliteStore refuses a file of a newer version and leaves it as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/history.db`;
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 99");
    db.close();
    assert.throws(() => openSqliteStore({ path }), {
      name: "RangeError",
      message: "Cannot open the database: its schema version must be at most 2: it is 99",
    });
    const again = new DatabaseSync(path);
    assert.equal(again.prepare("PRAGMA user_version").get()?.user_version, 99);
    again.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("migrate runs what is missing and only that", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, ["CREATE TABLE a (x)"]);
  migrate(db, ["CREATE TABLE a (x)", "ALTER TABLE a ADD y"]);
  db.exec("INSERT INTO a (x, y) VALUES (1, 2)");
  db.close();
});

Deno.test("migrate leaves the old schema where a step fails", () => {
  const db = new DatabaseSync(":memory:");
  assert.throws(() => migrate(db, ["CREATE TABLE a (x)", "CREATE TABLE a (x)"]), { message: /already exists/ });
  assert.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n, 0);
  assert.equal(db.prepare("PRAGMA user_version").get()?.user_version, 0);
  db.close();
});

Deno.test("sqlite stores nothing of a batch that fails in the middle", async () => {
  const store = openSqliteStore({ clock: new FakeClock() });
  const key = { ip: "::1", client: "c" };
  await store.register(key);
  // A latency that no caller may send: the column refuses it, and the transaction must not stay open.
  await assert.rejects(store.add([{ ...key, latencyMs: 1 }, { ...key, latencyMs: 0.5e-300 ** -1 }]));
  assert.deepEqual((await Array.fromAsync(store.readPings(1, ALL_TIME))).flat(), []);
  assert.deepEqual(await store.add([{ ...key, latencyMs: 1 }]), ["accepted"]);
  await store.close();
});
