import assert from "node:assert/strict";
import { type Spawn, spawn } from "../../lib/engine/command.ts";
import { createFpingEngine } from "../../lib/engine/fping.ts";
import type { PingResult } from "../../lib/result.ts";
import { parseTarget } from "../../lib/target.ts";

/** What stands in for fping: shell scripts, with fping's arguments in "$@". */
const ROGUES: Record<string, string> = {
  "prints garbage": 'while :; do head -c 300 /dev/urandom; echo "[1] : x"; sleep 0.05; done',
  "floods standard output": "yes '[1795409060.96887] 10.0.0.1 : [0], 64 bytes, '",
  "floods standard error": "yes 'ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 127.0.0.1' >&2",
  "prints one endless line": "tr '\\0' x < /dev/zero",
  "hangs": "exec sleep 1000",
  "hangs and does not end when asked to": "trap '' TERM INT; while :; do sleep 0.2; done",
  "ends with 127": "exit 127",
  "closes its standard output": "exec >&-; exec sleep 1000",
  "leaves a child that holds its pipes": "sleep 2 & exit 1",
};
const ROUNDS = 4;
const OPTIONS = { intervalMs: 300, timeoutMs: 100, rounds: ROUNDS };
const HOSTS = ["127.0.0.1", "127.0.0.2", "::1"];

/** Each host must have its rounds, and no time twice. */
async function watchWith(script: string): Promise<PingResult[]> {
  const spawnRogue: Spawn = (_, args) => spawn("sh", ["-c", script, "fping", ...args]);
  const engine = createFpingEngine({ spawn: spawnRogue });
  const results: PingResult[] = [];
  const stop = new AbortController();
  const deadline = setTimeout(() => stop.abort(), 30_000);
  for await (
    const result of engine.watch(HOSTS.map((host) => parseTarget(host)), { ...OPTIONS, signal: stop.signal })
  ) {
    results.push(result);
  }
  clearTimeout(deadline);
  assert.ok(!stop.signal.aborted, "the watch did not end");
  for (const host of HOSTS) {
    const ats = results.filter((result) => result.host === host).map(({ at }) => at);
    assert.equal(ats.length, ROUNDS, host);
    assert.ok(ats.every((at, index) => index === 0 || at > (ats[index - 1] ?? 0)), `${host}: ${ats}`);
  }
  return results;
}

for (const [what, script] of Object.entries(ROGUES)) {
  Deno.test(`fping engine gives each target one result a round with an fping that ${what}`, async () => {
    const results = await watchWith(script);
    assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ["failed"]);
  });
}

Deno.test("fping engine gives each target one result a round with an fping that dies again and again", async () => {
  const results = await watchWith('exec timeout -s KILL 0.2 fping "$@"');
  assert.ok(results.some(({ outcome }) => outcome === "reply"));
});
