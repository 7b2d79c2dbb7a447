/**
 * CPU of the ping engine with 300 targets every 10 s, beside the same pings through `xargs -P 32`; all processes
 * together. Prints one line. `deno run -A tests/bench/ping_cpu.ts [SECONDS]`
 */
import { createPingEngine } from "../../lib/engine/ping.ts";

const TARGETS = 300;
const INTERVAL_MS = 10_000;
const hosts = Array.from({ length: TARGETS }, (_, n) => `127.0.${1 + Math.floor(n / 250)}.${1 + n % 250}`);

export interface PingCpu {
  readonly pings: number;
  readonly engineMs: number;
  readonly xargsMs: number;
}

/** CPU in ms for each ping: the engine's process and its children, after one round in which the program warms up. */
export async function measurePingCpu(rounds = 3): Promise<PingCpu> {
  const list = Array(rounds).fill(hosts).flat().join("\n");
  const xargs = `xargs -P 32 -n 1 ping -n -W 2 -c 1 -s 56 -- > /dev/null <<'END'\n${list}\nEND`;
  const xargsMs = await childrenCpuMs("sh", ["-c", xargs]);
  const engineMs = await work(rounds);
  const pings = rounds * TARGETS;
  return { pings, engineMs: engineMs / pings, xargsMs: xargsMs / pings };
}

/** Runs a program and says how much CPU it and its children used (Linux; in steps of 10 ms). */
async function childrenCpuMs(program: string, args: readonly string[]): Promise<number> {
  const before = await reapedTicks();
  const { success } = await new Deno.Command(program, { args: [...args], env: { LC_ALL: "C" }, stdout: "null" })
    .output();
  if (!success) throw new Error(`Cannot measure: '${program}' failed`);
  return (await reapedTicks() - before) * 10;
}

/** Ticks of all reaped children: fields 16 and 17 of proc_pid_stat(5). Fields 14 and 15 are this process's own. */
async function reapedTicks(): Promise<number> {
  return (await ticks()).slice(2).reduce((sum, ticks) => sum + ticks);
}

async function ticks(): Promise<number[]> {
  const fields = (await Deno.readTextFile("/proc/self/stat")).replace(/^.*\) /s, "").split(" ");
  return fields.slice(11, 15).map(Number);
}

async function work(rounds: number): Promise<number> {
  const targets = hosts.map((host) => ({ host, family: "any" as const }));
  const { signal } = new AbortController();
  const all = (1 + rounds) * TARGETS;
  const seen: string[] = [];
  let warm = 0;
  const options = { intervalMs: INTERVAL_MS, timeoutMs: 2000, signal, rounds: 1 + rounds };
  for await (const { outcome } of createPingEngine().watch(targets, options)) {
    if (outcome === "reply") seen.push(outcome);
    if (seen.length === TARGETS) warm = sum(await ticks());
  }
  if (seen.length !== all) throw new Error(`Cannot measure: only ${seen.length} of ${all} pings were answered`);
  return (sum(await ticks()) - warm) * 10;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

if (import.meta.main) {
  const { pings, engineMs, xargsMs } = await measurePingCpu(Math.max(1, Math.round(Number(Deno.args[0] ?? 30) / 10)));
  const times = (engineMs / xargsMs).toFixed(2);
  // deno-lint-ignore no-console -- its one line is what it is for
  console.log(
    `ping engine ${engineMs.toFixed(2)} ms CPU a ping, xargs -P ${xargsMs.toFixed(2)}: ${times} × (${pings} pings)`,
  );
}
