import assert from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { startDrain } from "../../lib/drain.ts";
import { silentLog } from "../../lib/log.ts";
import { createMemoryOutbox } from "../../lib/outbox/memory.ts";
import { createRecorderApi } from "../../lib/recorder_api.ts";
import { replyNumber } from "../contract/outbox_suite.ts";
import { eventually } from "../process.ts";
import { freePort, seeded, startChild } from "./children.ts";

const KILLS = 8;
const RESULTS = 120_000;

Deno.test("recorder killed in the middle of batches: no result is lost and none is there twice", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const random = seeded(3);
  const began = Date.now() - 3_600_000;
  const outbox = createMemoryOutbox({ maxResults: RESULTS });
  for (let n = 0; n < RESULTS; n++) outbox.push({ ...replyNumber(n, `192.0.2.${n % 10}`), at: began + n });
  const over = new AbortController();
  const start = async () => {
    const child = startChild("recorder_child.ts", String(port), `${folder}/history.db`);
    await child.until(/recorder listens/);
    return child;
  };
  let recorder = await start();
  const courier = createRecorderApi({ url, client: "edge", targets: () => [], clock: systemClock, log: silentLog });
  const drain = startDrain(outbox, courier, {
    clock: systemClock,
    log: silentLog,
    signal: over.signal,
    finish: new AbortController().signal,
    drainRate: 0,
    random: () => 0.05,
  });
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const before = outbox.size;
      await eventually(() => Promise.resolve(outbox.size < before || outbox.size === 0 ? true : undefined));
      await systemClock.sleep(random() * 30);
      recorder.kill("SIGKILL");
      await recorder.ended;
      recorder = await start();
    }
    await eventually(() => Promise.resolve(outbox.size === 0 ? true : undefined), 60_000);
    assert.deepEqual(drain.counts, { delivered: RESULTS, rejected: 0, droppedLate: 0, rescued: 0 });
    const data = await (await fetch(`${url}/ping-data?start=${began}&end=${began + RESULTS}`)).json();
    const times = data.flatMap(({ pings }: { pings: { timestamp: string }[] }) =>
      pings.map(({ timestamp }) => Date.parse(timestamp))
    );
    assert.equal(times.length, RESULTS);
    assert.equal(new Set(times).size, RESULTS);
  } finally {
    over.abort();
    await drain.finished;
    recorder.kill("SIGKILL");
    await recorder.ended;
    await Deno.remove(folder, { recursive: true });
  }
});
