// Six hours of 100 results a second into a spool while nobody listens, then the drain. The parent starts the recorder
// when it reads "outage over". Arguments: recorder URL, spool file, results, targets.
import { runClient } from "../../lib/client.ts";
import { createSqliteOutbox } from "../../lib/outbox/sqlite.ts";
import { createRecorderApi } from "../../lib/recorder_api.ts";
import type { PingResult } from "../../lib/result.ts";
import { silentLog } from "../../lib/log.ts";
import { scriptedEngine } from "./scripted_engine.ts";
import { createShiftedClock } from "./shifted_clock.ts";
import { testConfig } from "../test_config.ts";

const [url = "", path = "", count = "", hosts = ""] = Deno.args;
const EVERY_MS = 10;
const clock = createShiftedClock(Number(count) * EVERY_MS);
const targets = Array.from({ length: Number(hosts) }, (_, n) => ({ host: `192.0.2.${n + 1}`, family: "any" as const }));
const outbox = createSqliteOutbox({ path, clock });

async function* results(): AsyncGenerator<PingResult> {
  const began = clock.now();
  for (let n = 0; n < Number(count); n++) {
    clock.shiftMs += EVERY_MS;
    const asked = { host: targets[n % targets.length]?.host ?? "", at: Math.floor(began + n * EVERY_MS) };
    yield n % 50 === 7
      ? { ...asked, outcome: "lost", cause: "timeout" }
      : { ...asked, outcome: "reply", rttMs: n / 1000 };
    if (n % 1000 === 0) await clock.sleep(1);
  }
  await say(`outage over: ${outbox.size} wait`);
  while (outbox.size > 0) await clock.sleep(20);
}

async function say(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(line + "\n"));
}

const summary = await runClient({
  config: testConfig(url, { drainRate: 0, client: "edge" }),
  targets,
  engine: scriptedEngine(results),
  outbox,
  courier: createRecorderApi({ url, client: "edge", targets: () => targets, clock, log: silentLog }),
  clock,
  log: silentLog,
  signal: new AbortController().signal,
  random: () => 0.2,
});
const peakKb = Number(/VmHWM:\s+(\d+)/.exec(await Deno.readTextFile("/proc/self/status"))?.[1]);
await say(`summary ${JSON.stringify({ ...summary, peakKb })}`);
