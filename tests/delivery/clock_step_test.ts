import assert from "node:assert/strict";
import { startDrain } from "../../lib/drain.ts";
import { createSchedule } from "../../lib/engine/schedule.ts";
import { silentLog } from "../../lib/log.ts";
import { createMemoryOutbox } from "../../lib/outbox/memory.ts";
import { createRecorderApi } from "../../lib/recorder_api.ts";
import { createApp } from "../../lib/recorder/app.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { FakeClock, settle } from "../fake_clock.ts";

Deno.test("delivery through clock steps of an hour back and forth keeps every result apart and loses none", async () => {
  const clock = new FakeClock(Date.now());
  const store = openSqliteStore({ clock });
  const app = createApp({ store, clock });
  const targets = ["192.0.2.1", "192.0.2.2"].map((host) => ({ host, family: "any" as const }));
  const stop = new AbortController();
  const over = new AbortController();
  const outbox = createMemoryOutbox();
  const courier = createRecorderApi({
    url: "http://recorder",
    client: "edge",
    targets: () => targets,
    clock,
    log: silentLog,
    fetch: (url, init) => app.fetch(new Request(url, init)),
  });
  const drain = startDrain(outbox, courier, {
    clock,
    log: silentLog,
    signal: over.signal,
    finish: new AbortController().signal,
  });
  const watch = createSchedule(targets, {
    intervalMs: 1000,
    clock,
    signal: stop.signal,
    probe: () => Promise.resolve({ outcome: "reply", rttMs: 1 }),
  });
  let measured = 0;
  const measuring = (async () => {
    for await (const result of watch) {
      measured++;
      outbox.push(result);
      drain.wake();
    }
  })();
  for (const step of [0, -3_600_000, 3_600_000, 3_600_000, -3_600_000, -3_600_000, 1]) {
    clock.stepWall(step);
    await clock.advance(30_000);
  }
  stop.abort();
  await measuring;
  for (let turn = 0; turn < 100 && outbox.size > 0; turn++) await clock.advance(1000);
  await settle();
  over.abort();
  await drain.finished;
  assert.ok(measured >= 7 * 30 * 2 - 2, `${measured} measured: the pace must hold`);
  assert.deepEqual(drain.counts, { delivered: measured, rejected: 0, droppedLate: 0, rescued: 0 });
  const all = await app.fetch(new Request(`http://recorder/ping-data?start=0&end=${clock.now() + 86_400_000}`));
  const data: { pings: { timestamp: string }[] }[] = await all.json();
  assert.equal(data.flatMap(({ pings }) => pings).length, measured, "each has a time of its own");
  await store.close();
});
