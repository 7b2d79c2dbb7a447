import type { Target } from "../../lib/target.ts";

/** `count` targets in 127.0.0.0/8, where every address answers. */
export function loopbackTargets(count: number): Target[] {
  return Array.from({ length: count }, (_, index) => {
    const host = `127.${1 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`;
    return { host, family: "any" };
  });
}

/** CPU seconds of a process that lives: user and system time of all its threads, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) / 100;
}

/** The processes that this one has started and that live. */
export function childPids(): number[] {
  const parentOf = (pid: string) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
      return -1;
    }
  };
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => parentOf(pid) === Deno.pid).map(Number);
}

/** `deno run … --name=5` → 5. */
export function numberArg(name: string, fallback: number): number {
  const found = Deno.args.find((arg) => arg.startsWith(`--${name}=`));
  return found === undefined ? fallback : Number(found.slice(name.length + 3));
}

export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
