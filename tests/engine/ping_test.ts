import assert from "node:assert/strict";
import { type Finished, MissingProgramError, type Run, run } from "../../lib/engine/command.ts";
import { checkPing, createPingEngine, type PingEngineOptions } from "../../lib/engine/ping.ts";
import { type Log, silentLog } from "../../lib/log.ts";
import type { PingResult } from "../../lib/result.ts";
import { parseTarget, type Target } from "../../lib/target.ts";
import { readCapture } from "../captures.ts";

Deno.test("ping engine pings 127.0.0.1, ::1 and a name for real", async () => {
  const results = await ping(["127.0.0.1", "::1", "localhost"], { rounds: 2 });
  assert.equal(results.length, 6);
  for (const result of results) assert.ok(result.outcome === "reply" && result.rttMs > 0 && result.rttMs < 1000);
});

Deno.test("ping engine takes a timeout of parts of a second, and each family", async () => {
  const targets = [parseTarget("127.0.0.2", { family: "ipv4" }), parseTarget("::1", { family: "ipv6" })];
  const results = await ping(targets, { timeoutMs: 750 });
  assert.deepEqual(results.map(say), ["reply", "reply"]);
});

/** Programs put in the place of ping. Each must give exactly one result for each target and round. */
const FAKES: Record<string, { readonly script: string; readonly wanted: readonly string[] }> = {
  "prints garbage": { script: "head -c 3000 /dev/urandom", wanted: ["failed/no-engine", "failed/send-error"] },
  "floods": { script: "exec yes 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=1 ms", wanted: ["failed/no-engine"] },
  "floods errors": { script: "exec yes 'ping: unknown host' >&2", wanted: ["failed/no-engine"] },
  "hangs": { script: "exec sleep 1000", wanted: ["failed/no-engine"] },
  "hangs after it sent": {
    script: 'echo "PING $0 ($0) 56(84) bytes of data."; exec sleep 1000',
    wanted: ["lost/timeout"],
  },
  "exits 127": { script: "exit 127", wanted: ["failed/no-engine"] },
  "says nothing and is content": { script: "exit 0", wanted: ["failed/no-engine"] },
  "closes its output": { script: "exec >&-; exit 1", wanted: ["failed/no-engine"] },
  "closes both streams and stays": { script: "exec >&- 2>&-; exec sleep 1000", wanted: ["failed/no-engine"] },
  "leaves a grandchild with its pipes": { script: "sleep 2 & exit 1", wanted: ["failed/no-engine"] },
  "dies in the middle of a line": {
    script: `echo "PING $0 ($0) 56(84) bytes of data."
printf "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.0"; kill -9 $$`,
    // An answer without a time where its host was asked; nothing at all where another was.
    wanted: ["failed/send-error", "failed/no-engine"],
  },
  "dies at random": {
    script: '[ $(($$ % 2)) = 0 ] && kill -9 $$; exec ping "$@"',
    wanted: ["failed/no-engine", "reply"],
  },
};

for (const [fact, { script, wanted }] of Object.entries(FAKES)) {
  Deno.test(`ping engine gives one result for each target and round from a ping that ${fact}`, async () => {
    const hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
    const results = await withFakePing(
      script,
      (run) => ping(hosts, { run, rounds: 2, intervalMs: 1500, timeoutMs: 200 }),
    );
    for (const host of hosts) {
      const own = results.filter((r) => r.host === host);
      assert.equal(own.length, 2, `${host}: ${own.map(say)}`);
      assert.ok(own[0] !== undefined && own[1] !== undefined && own[0].at < own[1].at);
    }
    assert.equal(results.length, 6);
    for (const result of results) assert.ok(wanted.includes(say(result)), say(result));
  });
}

Deno.test("ping engine leaves no child, no descriptor and no zombie behind after 300 probes", async () => {
  await ping(["127.0.0.1"], {});
  const before = await held();
  const hosts = Array.from({ length: 30 }, (_, n) => `127.0.1.${n + 1}`);
  const results = await ping(hosts, { rounds: 10, intervalMs: 200 });
  assert.equal(results.length, 300);
  assert.ok(results.filter((r) => r.outcome === "reply").length > 0);
  assert.deepEqual(await held(), before);
});

Deno.test("ping engine says once what it needs to be allowed to ping", async () => {
  const { ended } = readCapture("iputils-denied");
  const { lines, log } = recordingLog();
  const results = await ping(["127.0.0.1", "127.0.0.2"], { run: runOf(ended), rounds: 2, log, os: "linux" });
  assert.deepEqual(results.map(say), Array(4).fill("failed/send-error"));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /cap_net_raw.*ping_group_range/);
});

Deno.test("ping engine goes on when its program goes, and says so once", async () => {
  const { lines, log } = recordingLog();
  const gone: Run = (program) => Promise.reject(new MissingProgramError(program));
  const results = await ping(["127.0.0.1", "::1"], { run: gone, rounds: 2, log });
  assert.deepEqual(results.map(say), Array(4).fill("failed/no-engine"));
  assert.deepEqual(lines, ["Cannot ping: there is no program 'ping' on this box"]);
});

Deno.test("ping engine asks for the version only where the options depend on it, and once", async () => {
  const asked: string[] = [];
  const counting: Run = (program, args, options) => {
    asked.push([program, ...args].join(" "));
    return run(program, args, options);
  };
  await ping(["127.0.0.1"], { run: counting });
  assert.deepEqual(asked.filter((line) => line.endsWith("-V")), []);
  await ping(["127.0.0.1", "::1", "127.0.0.2"], { run: counting, rounds: 2, timeoutMs: 1500 });
  assert.deepEqual(asked.filter((line) => line.endsWith("-V")), ["ping -V"]);
});

Deno.test("ping engine honours a target's own timeout", async () => {
  const given: number[] = [];
  const { ended } = readCapture("iputils-reply");
  const noting: Run = (_program, _args, { killAfterMs }) => {
    given.push(killAfterMs);
    return Promise.resolve(ended);
  };
  await ping([{ ...parseTarget("127.0.0.1"), timeoutMs: 7000 }], { run: noting, os: "linux" });
  assert.deepEqual(given, [8000]);
});

Deno.test("ping engine tells macOS' ping6, which has no timeout, when the time is over", async () => {
  const given: unknown[] = [];
  const { ended } = readCapture("macos-v6-lost");
  const noting: Run = (program, _args, { interruptAfterMs }) => {
    given.push(program, interruptAfterMs);
    return Promise.resolve(ended);
  };
  const results = await ping(["2001:db8::2"], { run: noting, os: "darwin" });
  assert.deepEqual([given, results.map(say)], [["ping6", 2000], ["lost/timeout"]]);
});

Deno.test("checkPing throws MissingProgramError where there is no ping, and is content with any that is", async () => {
  await checkPing();
  await checkPing({ run: runOf({ code: 64, stdout: "", stderr: "usage", killed: false, flooded: false }) });
  await assert.rejects(checkPing({ run: (program) => Promise.reject(new MissingProgramError(program)) }), {
    name: "MissingProgramError",
    message: /^Cannot find the program 'ping': install the package iputils-ping/,
  });
});

interface PingOptions extends PingEngineOptions {
  readonly rounds?: number;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
}

async function ping(targets: readonly (string | Target)[], options: PingOptions): Promise<PingResult[]> {
  const { rounds = 1, intervalMs = 1000, timeoutMs = 2000, ...rest } = options;
  const { signal } = new AbortController();
  const results: PingResult[] = [];
  const watch = createPingEngine(rest).watch(targets.map((t) => typeof t === "string" ? parseTarget(t) : t), {
    intervalMs,
    timeoutMs,
    signal,
    rounds,
  });
  for await (const result of watch) results.push(result);
  return results;
}

/** Puts a shell script in the place of every ping, called by its full path as one first on the PATH would be. */
async function withFakePing<T>(script: string, body: (run: Run) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "fake-ping-" });
  try {
    const path = `${folder}/ping`;
    await Deno.writeTextFile(path, `#!/bin/sh\n${script.replace("$0 ($0)", "127.0.0.1 (127.0.0.1)")}\n`, {
      mode: 0o755,
    });
    return await body((_program, args, options) => run(path, args, options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function runOf(ended: Finished): Run {
  return () => Promise.resolve(ended);
}

/** Open descriptors of this process and its children, zombies included (Linux). */
async function held(): Promise<{ readonly descriptors: number; readonly children: string }> {
  let descriptors = 0;
  for await (const _ of Deno.readDir("/proc/self/fd")) descriptors++;
  let children = "";
  for await (const { name } of Deno.readDir("/proc/self/task")) {
    children += await Deno.readTextFile(`/proc/self/task/${name}/children`).catch(() => "");
  }
  return { descriptors, children };
}

function recordingLog(): { readonly lines: string[]; readonly log: Log } {
  const lines: string[] = [];
  return { lines, log: { ...silentLog, error: (message) => void lines.push(message) } };
}

function say(result: PingResult): string {
  return result.outcome === "reply" ? "reply" : `${result.outcome}/${result.cause}`;
}
