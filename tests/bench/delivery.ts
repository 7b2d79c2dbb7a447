/**
 * What delivery costs: appending to the spool, draining a backlog to our recorder over HTTP, memory of a backlog.
 *
 *     deno run --allow-all tests/bench/delivery.ts
 */
import { systemClock } from "../../lib/clock.ts";
import { startDrain } from "../../lib/drain.ts";
import { silentLog } from "../../lib/log.ts";
import { createMemoryOutbox } from "../../lib/outbox/memory.ts";
import type { Outbox } from "../../lib/outbox.ts";
import { createSqliteOutbox } from "../../lib/outbox/sqlite.ts";
import { createRecorderApi } from "../../lib/recorder_api.ts";
import { freePort, startChild } from "../delivery/children.ts";
import { cpuSeconds, print } from "./fping_common.ts";

const folder = await Deno.makeTempDir();
const TARGETS = Array.from(
  { length: 1000 },
  (_, n) => ({ host: `127.0.${n >> 8}.${n & 255}`, family: "any" as const }),
);

function fill(outbox: Outbox, count: number): void {
  const began = Date.now() - 3_600_000;
  for (let n = 0; n < count; n++) {
    outbox.push({
      outcome: "reply",
      host: TARGETS[n % TARGETS.length]?.host ?? "",
      at: began + n,
      rttMs: n % 1000 / 7,
    });
  }
}

function append(): void {
  const outbox = createSqliteOutbox({ path: `${folder}/append.db` });
  const before = cpuSeconds(Deno.pid);
  fill(outbox, 500_000);
  outbox.close();
  const micros = (cpuSeconds(Deno.pid) - before) * 1e6 / 500_000;
  const bytes = Deno.statSync(`${folder}/append.db`).size / 500_000;
  print(`spool append: ${micros.toFixed(1)} µs CPU a result, ${bytes.toFixed(1)} bytes on disk (to reach: 20 µs)`);
}

async function backlog(name: string, outbox: Outbox, count: number): Promise<void> {
  const port = freePort();
  const recorder = startChild("recorder_child.ts", String(port), `${folder}/${name}.db`);
  await recorder.until(/recorder listens/);
  fill(outbox, count);
  const over = new AbortController();
  const url = `http://127.0.0.1:${port}`;
  const drain = startDrain(
    outbox,
    createRecorderApi({ url, client: "bench", targets: () => TARGETS, clock: systemClock, log: silentLog }),
    { clock: systemClock, log: silentLog, signal: over.signal, finish: new AbortController().signal, drainRate: 0 },
  );
  const began = performance.now();
  while (outbox.size > 0) await systemClock.sleep(20);
  const seconds = (performance.now() - began) / 1000;
  over.abort();
  await drain.finished;
  outbox.close();
  const peak = Number(/VmHWM:\s+(\d+)/.exec(await Deno.readTextFile("/proc/self/status"))?.[1]) / 1000;
  print(
    `backlog of ${count} from ${name} to our recorder (file database, 1,000 registrations included): ` +
      `${seconds.toFixed(1)} s, ${Math.round(count / seconds)} results/s; client's memory so far at most ${
        Math.round(peak)
      } MB`,
  );
  recorder.kill("SIGTERM");
  await recorder.ended;
}

try {
  await backlog("memory", createMemoryOutbox(), 100_000);
  await backlog("spool", createSqliteOutbox({ path: `${folder}/backlog.db` }), 360_000);
  append();
} finally {
  await Deno.remove(folder, { recursive: true });
}
