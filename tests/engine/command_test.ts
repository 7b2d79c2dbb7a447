import assert from "node:assert/strict";
import { MissingProgramError, run, spawn } from "../../lib/engine/command.ts";

const LONG_MS = 60_000;

function sh(script: string, options: { killAfterMs?: number; maxBytes?: number; signal?: AbortSignal } = {}) {
  return run("sh", ["-c", script], { killAfterMs: LONG_MS, ...options });
}

Deno.test("run gives the exit code and both outputs, under LC_ALL=C and without standard input", async () => {
  const { code, stdout, stderr, killed, flooded } = await sh("cat; echo out $LC_ALL; echo 'err é' >&2; exit 3");
  assert.deepEqual({ code, stdout, stderr, killed, flooded }, {
    code: 3,
    stdout: "out C\n",
    stderr: "err é\n",
    killed: false,
    flooded: false,
  });
});

Deno.test("run kills a child that takes too long, and keeps what it printed", async () => {
  const { code, stdout, killed } = await sh("echo begun; exec sleep 1000", { killAfterMs: 300 });
  assert.deepEqual({ code, stdout, killed }, { code: 137, stdout: "begun\n", killed: true });
});

Deno.test("run kills a child that floods, and keeps no more than its bound", async () => {
  const { flooded, killed, stdout, stderr } = await sh("exec yes", { maxBytes: 1000 });
  assert.deepEqual([flooded, killed, stdout.length, stderr], [true, false, 1000, ""]);
  assert.equal((await sh("exec yes >&2", { maxBytes: 1000 })).stderr.length, 1000);
});

Deno.test("run is over after killAfterMs even where a grandchild holds the pipes", async () => {
  const { code, stdout, killed } = await sh("sleep 3 & echo gone", { killAfterMs: 300 });
  assert.deepEqual({ code, stdout, killed }, { code: 0, stdout: "gone\n", killed: false });
});

Deno.test("run kills its child at once when the signal aborts, also before it begins", async () => {
  const stop = new AbortController();
  const running = sh("exec sleep 1000", { signal: stop.signal });
  stop.abort();
  assert.deepEqual([(await running).code, (await running).killed], [137, false]);
  assert.equal((await sh("exec sleep 1000", { signal: AbortSignal.abort() })).code, 137);
});

Deno.test("run asks a child to end before it kills it", async () => {
  const script = "trap 'echo summary; exit 2' INT; echo begun; while :; do sleep 0.05; done";
  const { code, stdout, killed } = await run("sh", ["-c", script], { killAfterMs: LONG_MS, interruptAfterMs: 300 });
  assert.deepEqual({ code, stdout, killed }, { code: 2, stdout: "begun\nsummary\n", killed: false });
});

Deno.test("run reads wrong bytes as replacement characters, and a sign that two reads share as one", async () => {
  assert.equal((await sh("printf '\\377ok'")).stdout, "\uFFFDok");
  assert.equal((await sh("printf '\\303'; sleep 0.1; printf '\\251'")).stdout, "é");
});

Deno.test("run and spawn say which program is missing", async () => {
  const missing = { name: "MissingProgramError", message: "Cannot find the program 'no-such-ping'" };
  await assert.rejects(run("no-such-ping", [], { killAfterMs: LONG_MS }), missing);
  assert.throws(() => spawn("/nowhere/no-such-ping", []), MissingProgramError);
});

Deno.test("spawn's kill does nothing once the child has ended", async () => {
  const child = spawn("sh", ["-c", "exit 7"]);
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  assert.equal(await child.exited, 7);
  child.kill("SIGKILL");
});
