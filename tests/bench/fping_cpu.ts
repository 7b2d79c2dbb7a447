/**
 * What does the fping engine cost, beside fping alone with the same list and the same pace? CPU of all processes
 * together, results counted and thrown away, from the second interval on: the first one starts and compiles the program.
 *
 *     deno run --allow-all tests/bench/fping_cpu.ts [--targets=1000 --interval=10000 --seconds=40]
 */
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { readVersion } from "../../lib/engine/fping_output.ts";
import { capacity, fpingArgs, groupOf, spacingMs } from "../../lib/engine/fping_plan.ts";
import { childPids, cpuSeconds, loopbackTargets, numberArg, print } from "./fping_common.ts";

const TIMEOUT_MS = 2000;

interface Case {
  readonly count: number;
  readonly intervalMs: number;
  readonly seconds: number;
}

/**
 * fping alone: as many processes as the engine would use. CPU seconds.
 * @param stdout `null`: output thrown away; `piped`: into a pipe, as it must be for anyone to read it
 */
async function alone({ count, intervalMs, seconds }: Case, stdout: "null" | "piped"): Promise<number> {
  const hosts = loopbackTargets(count).map(({ host }) => host);
  const group = groupOf({ host: "127.0.0.1", family: "any" }, "127.0.0.1", { intervalMs, timeoutMs: TIMEOUT_MS });
  const processes = Math.ceil(count / capacity(intervalMs));
  const each = Math.ceil(count / processes);
  const children = Array.from({ length: processes }, (_, index) => {
    const part = hosts.slice(index * each, (index + 1) * each);
    const args = fpingArgs(group, part, { version: readVersion(""), spacingMs: spacingMs(part.length, intervalMs) });
    return new Deno.Command("fping", { args, stdin: "null", stdout, stderr: "null" }).spawn();
  });
  const drained = stdout === "piped" ? children.map((child) => drain(child.stdout)) : [];
  const cpu = () => children.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  await sleep(intervalMs);
  const before = cpu();
  await sleep(seconds * 1000);
  const used = cpu() - before;
  for (const child of children) child.kill("SIGTERM");
  for (const child of children) await child.status;
  await Promise.all(drained);
  return used;
}

/** The engine: CPU seconds of this process and of its children, and the results. */
async function engine({ count, intervalMs, seconds }: Case) {
  const stop = new AbortController();
  let results = 0;
  const measure = async () => {
    await sleep(intervalMs);
    const cpu = () => ({
      own: cpuSeconds(Deno.pid),
      fping: childPids().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
      results,
    });
    const before = cpu();
    await sleep(seconds * 1000);
    const after = cpu();
    stop.abort();
    return {
      own: after.own - before.own,
      fping: after.fping - before.fping,
      results: after.results - before.results,
    };
  };
  const measuring = measure();
  const options = { intervalMs, timeoutMs: TIMEOUT_MS, signal: stop.signal };
  for await (const { outcome } of createFpingEngine().watch(loopbackTargets(count), options)) {
    if (outcome === "reply") results++;
  }
  return await measuring;
}

async function compare(one: Case, goal: number): Promise<void> {
  const before = await alone(one, "null");
  const { own, fping, results } = await engine(one);
  const after = await alone(one, "null");
  const piped = await alone(one, "piped");
  const base = (before + after) / 2;
  const each = (cpu: number) => ((cpu / results) * 1000).toFixed(4);
  print(
    `${one.count} targets / ${one.intervalMs} ms, ${one.seconds} s, ${results} results: ` +
      `engine ${each(own + fping)} ms CPU a ping (fping ${each(fping)}, own ${each(own)}), ` +
      `fping alone ${each(before)} and ${each(after)}: ${((own + fping) / base).toFixed(2)} x (to reach ${goal} x); ` +
      `alone into a pipe ${each(piped)}: ${((own + fping) / piped).toFixed(2)} x`,
  );
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done) await sleep(500);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (Deno.args.length > 0) {
  const [count, intervalMs] = [numberArg("targets", 1000), numberArg("interval", 10_000)];
  await compare({ count, intervalMs, seconds: numberArg("seconds", 40) }, numberArg("goal", 1.4));
} else {
  await compare({ count: 1000, intervalMs: 10_000, seconds: 30 }, 1.4);
  await compare({ count: 5000, intervalMs: 10_000, seconds: 30 }, 1.15);
}
