/**
 * Is every target and round of the fping engine accounted for, and does its pace hold? Real fping on 127.0.0.0/8.
 *
 *     deno run --allow-all tests/bench/fping_accounting.ts [--targets=1000 --interval=1000 --seconds=30]
 */
import { createFpingEngine } from "../../lib/engine/fping.ts";
import { loopbackTargets, numberArg, print } from "./fping_common.ts";

/** One case: as many rounds as fit into `seconds`, and a line of figures. */
async function measure(count: number, intervalMs: number, seconds: number): Promise<void> {
  const rounds = Math.round((seconds * 1000) / intervalMs);
  const outcomes = new Map<string, number>();
  const times = new Map<string, number[]>();
  const giveUp = AbortSignal.timeout(seconds * 2000 + 10_000);
  const watch = createFpingEngine().watch(loopbackTargets(count), {
    intervalMs,
    timeoutMs: 2000,
    signal: giveUp,
    rounds,
  });
  const startedMs = performance.now();
  for await (const result of watch) {
    const key = result.outcome === "reply" ? "reply" : `${result.outcome}/${result.cause}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    const at = times.get(result.host);
    if (at === undefined) times.set(result.host, [result.at]);
    else at.push(result.at);
  }
  const tookS = (performance.now() - startedMs) / 1000;
  const periods: number[] = [];
  let longest = 0;
  let incomplete = count - times.size;
  for (const at of times.values()) {
    if (at.length !== rounds) incomplete++;
    if (at.length > 1) periods.push(((at.at(-1) ?? 0) - (at[0] ?? 0)) / (at.length - 1));
    for (let index = 1; index < at.length; index++) {
      longest = Math.max(longest, (at[index] ?? 0) - (at[index - 1] ?? 0));
    }
  }
  const worst = Math.max(...periods.map((period) => Math.abs(period / intervalMs - 1)));
  const mean = periods.reduce((sum, period) => sum + period, 0) / periods.length;
  print(
    `${count} targets / ${intervalMs} ms, ${rounds} rounds in ${tookS.toFixed(1)} s: ` +
      `${
        [...outcomes].map(([key, n]) => `${n} ${key}`).join(", ")
      }; targets without exactly ${rounds}: ${incomplete}; ` +
      `period mean ${mean.toFixed(2)} ms, worst target off by ${(worst * 100).toFixed(2)} %, longest gap ${longest} ms`,
  );
}

if (Deno.args.length > 0) {
  await measure(numberArg("targets", 1000), numberArg("interval", 1000), numberArg("seconds", 30));
} else {
  await measure(1000, 1000, 30);
  await measure(10_000, 10_000, 60);
}
