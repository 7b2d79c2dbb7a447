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

/** CPU in ms for each ping, this program's own included. */
export async function measurePingCpu(rounds = 3): Promise<PingCpu> {
  const engineMs = await childrenCpuMs(Deno.execPath(), [
    "run",
    "-A",
    "--no-check",
    import.meta.url,
    "worker",
    `${rounds}`,
  ]);
  const list = Array(rounds).fill(hosts).flat().join("\n");
  const xargs = `xargs -P 32 -n 1 ping -n -W 2 -c 1 -s 56 -- > /dev/null <<'END'\n${list}\nEND`;
  const xargsMs = await childrenCpuMs("sh", ["-c", xargs]);
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

/** Ticks of all reaped children: fields 16 and 17 of proc_pid_stat(5). */
async function reapedTicks(): Promise<number> {
  const fields = (await Deno.readTextFile("/proc/self/stat")).replace(/^.*\) /s, "").split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

async function work(rounds: number): Promise<void> {
  const targets = hosts.map((host) => ({ host, family: "any" as const }));
  const { signal } = new AbortController();
  let replies = 0;
  const watch = createPingEngine().watch(targets, { intervalMs: INTERVAL_MS, timeoutMs: 2000, signal, rounds });
  for await (const { outcome } of watch) if (outcome === "reply") replies++;
  if (replies !== rounds * TARGETS) throw new Error(`only ${replies} replies`);
}

if (import.meta.main) {
  const [first = "30", second] = Deno.args;
  if (first === "worker") {
    await work(Number(second));
  } else {
    const { pings, engineMs, xargsMs } = await measurePingCpu(Math.max(1, Math.round(Number(first) / 10)));
    const times = (engineMs / xargsMs).toFixed(2);
    // deno-lint-ignore no-console -- its one line is what it is for
    console.log(
      `ping engine ${engineMs.toFixed(2)} ms CPU a ping, xargs -P ${xargsMs.toFixed(2)}: ${times} × (${pings} pings)`,
    );
  }
}
