/**
 * What does the fping engine cost, beside fping alone with the same list and the same pace? CPU of all processes
 * together, results counted and thrown away. Loading the program is left out; compiling it while it runs is not.
 *
 *     deno run --allow-all tests/bench/fping_cpu.ts [--targets=1000 --interval=10000 --seconds=40]
 */
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { capacity, fpingArgs, groupOf, spacingMs } from "../../lib/engine/fping_plan.ts";
import { readVersion } from "../../lib/engine/fping_output.ts";
import { cpuSeconds, loopbackTargets, numberArg, print } from "./fping_common.ts";

const TIMEOUT_MS = 2000;

/** fping alone: as many processes as the engine would use, output thrown away. CPU seconds. */
async function alone(count: number, intervalMs: number, seconds: number, spacing?: number): Promise<number> {
  const hosts = loopbackTargets(count).map(({ host }) => host);
  const group = groupOf({ host: "127.0.0.1", family: "any" }, "127.0.0.1", { intervalMs, timeoutMs: TIMEOUT_MS });
  const processes = Math.ceil(count / capacity(intervalMs));
  const each = Math.ceil(count / processes);
  const before = cpuSeconds();
  const children = Array.from({ length: processes }, (_, index) => {
    const part = hosts.slice(index * each, (index + 1) * each);
    const args = fpingArgs(group, part, {
      version: readVersion(""),
      spacingMs: spacing ?? spacingMs(part.length, intervalMs),
    });
    return new Deno.Command("fping", { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const child of children) child.kill("SIGTERM");
  for (const child of children) await child.status;
  return cpuSeconds().children - before.children;
}

/** The engine: CPU seconds of this process and of its children, and the results. */
async function engine(count: number, intervalMs: number, seconds: number) {
  const stop = new AbortController();
  const targets = loopbackTargets(count);
  const before = cpuSeconds();
  const watch = createFpingEngine().watch(targets, { intervalMs, timeoutMs: TIMEOUT_MS, signal: stop.signal });
  setTimeout(() => stop.abort(), seconds * 1000);
  let results = 0;
  for await (const { outcome } of watch) if (outcome === "reply") results++;
  const after = cpuSeconds();
  return { own: after.own - before.own, children: after.children - before.children, results };
}

async function compare(count: number, intervalMs: number, seconds: number, goal: number): Promise<void> {
  const peer = await alone(count, intervalMs, seconds);
  const { own, children, results } = await engine(count, intervalMs, seconds);
  const again = await alone(count, intervalMs, seconds);
  const dense = await alone(count, intervalMs, seconds, 1);
  const base = (peer + again) / 2;
  const each = (cpu: number) => ((cpu / results) * 1000).toFixed(4);
  print(
    `${count} targets / ${intervalMs} ms, ${seconds} s, ${results} results: engine ${
      each(own + children)
    } ms CPU a ping ` +
      `(fping ${each(children)}, own ${each(own)}), fping alone ${each(peer)} and ${each(again)}, with -i 1 ${
        each(dense)
      }: ` +
      `${((own + children) / base).toFixed(2)} x (to reach ${goal} x); own part alone ${
        (1 + own / base).toFixed(2)
      } x; ` +
      `against -i 1 ${((own + children) / dense).toFixed(2)} x`,
  );
}

if (Deno.args.length > 0) {
  await compare(
    numberArg("targets", 1000),
    numberArg("interval", 10_000),
    numberArg("seconds", 40),
    numberArg("goal", 1.4),
  );
} else {
  await compare(1000, 10_000, 40, 1.4);
  await compare(5000, 10_000, 40, 1.15);
}
