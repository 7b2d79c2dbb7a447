import assert from "node:assert/strict";
import type { Child, Spawn } from "../../lib/engine/command.ts";
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { createThreadSpawn } from "../../lib/engine/fping_thread.ts";
import { parseTarget } from "../../lib/target.ts";

const start = (spawn: Spawn, script: string) => spawn("sh", ["-c", script]);

async function outputOf(
  child: Child,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await child.exited, stdout, stderr };
}

function text(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}

Deno.test("createThreadSpawn hands over both streams whole, and the exit code", async () => {
  const spawn = createThreadSpawn({ gatherMs: 20 });
  const script = 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; echo bad >&2; exit 3';
  const { code, stdout, stderr } = await outputOf(start(spawn, script));
  assert.deepEqual([code, stderr], [3, "bad\n"]);
  assert.equal(stdout, Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join(""));
});

Deno.test("createThreadSpawn sends a signal at once, though its thread sleeps", async () => {
  const spawn = createThreadSpawn({ gatherMs: 60_000 });
  const child = start(spawn, "exec sleep 1000");
  child.kill("SIGTERM");
  assert.equal((await outputOf(child)).code, 143);
  child.kill("SIGTERM");
});

Deno.test("createThreadSpawn runs children with LC_ALL=C, side by side, and begins anew after the last", async () => {
  const spawn = createThreadSpawn({ gatherMs: 20 });
  const outputs = await Promise.all([1, 2, 3].map((n) => outputOf(start(spawn, `echo ${n} $LC_ALL`))));
  assert.deepEqual(outputs.map(({ stdout }) => stdout), ["1 C\n", "2 C\n", "3 C\n"]);
  assert.equal((await outputOf(start(spawn, "echo again"))).stdout, "again\n");
});

Deno.test("createThreadSpawn lets a program that is not there end with 127 and a reason", async () => {
  const { code, stderr } = await outputOf(createThreadSpawn({ gatherMs: 20 })("no-such-fping", []));
  assert.equal(code, 127);
  assert.match(stderr, /^no-such-fping: /);
});

Deno.test("createThreadSpawn closes the pipes that a grandchild holds", async () => {
  const { code, stdout } = await outputOf(start(createThreadSpawn({ gatherMs: 20 }), "echo out; sleep 5 & exit 1"));
  assert.deepEqual([code, stdout], [1, "out\n"]);
});

Deno.test("fping engine pings through its thread, and leaves nothing behind", async () => {
  const watch = createFpingEngine().watch(["127.0.0.1", "::1"].map((host) => parseTarget(host)), {
    intervalMs: 400,
    timeoutMs: 300,
    rounds: 3,
    signal: new AbortController().signal,
  });
  const seen: string[] = [];
  for await (const { host, outcome } of watch) seen.push(`${host} ${outcome}`);
  assert.deepEqual(seen.sort(), [...Array(3).fill("127.0.0.1 reply"), ...Array(3).fill("::1 reply")]);
});
