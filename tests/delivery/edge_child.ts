// A client with a spool that a test kills. It says each result on standard output before it is pushed, so that the
// parent knows what was measured even of a process that had no time to say goodbye.
// Arguments: recorder URL, spool file, "measure" (until killed) or "drain" (until the spool is empty).
import { runClient } from "../../lib/client.ts";
import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createSqliteOutbox } from "../../lib/outbox/sqlite.ts";
import { createRecorderApi } from "../../lib/recorder_api.ts";
import type { PingResult } from "../../lib/result.ts";
import { scriptedEngine } from "./scripted_engine.ts";
import { testConfig } from "../test_config.ts";

const [url = "", path = "", what = ""] = Deno.args;
const HOSTS = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
const targets = HOSTS.map((host) => ({ host, family: "any" as const }));
const outbox = createSqliteOutbox({ path });

async function* measure(): AsyncGenerator<PingResult> {
  for (let at = Date.now();;) {
    at = Math.max(at + 1, Date.now());
    for (const host of HOSTS) {
      Deno.stdout.writeSync(new TextEncoder().encode(`measured ${host} ${at}\n`));
      yield { outcome: "reply", host, at, rttMs: at % 1000 };
    }
    await systemClock.sleep(5);
  }
}

// deno-lint-ignore require-yield -- a run that only drains measures nothing
async function* drain(): AsyncGenerator<PingResult> {
  while (outbox.size > 0) await systemClock.sleep(20);
}

const summary = await runClient({
  config: testConfig(url, { drainRate: 0, client: "edge" }),
  targets,
  engine: scriptedEngine(what === "drain" ? drain : measure),
  outbox,
  courier: createRecorderApi({ url, client: "edge", targets: () => targets, clock: systemClock, log: silentLog }),
  clock: systemClock,
  log: silentLog,
  signal: new AbortController().signal,
  random: () => 0.1,
});
Deno.stdout.writeSync(new TextEncoder().encode(`summary ${JSON.stringify(summary)}\n`));
