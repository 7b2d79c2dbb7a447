import type { Target } from "../../lib/target.ts";

/** `count` targets in 127.0.0.0/8, where every address answers. */
export function loopbackTargets(count: number): Target[] {
  return Array.from({ length: count }, (_, index) => {
    const host = `127.${1 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`;
    return { host, family: "any" };
  });
}

/** CPU seconds of this process, and of its children that were reaped: fields 14 to 17 of /proc/self/stat, 100 a second. */
export function cpuSeconds(): { readonly own: number; readonly children: number } {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  const [own1 = 0, own2 = 0, child1 = 0, child2 = 0] = fields.slice(11, 15);
  return { own: (own1 + own2) / 100, children: (child1 + child2) / 100 };
}

/** `deno run … --name=5` → 5. */
export function numberArg(name: string, fallback: number): number {
  const found = Deno.args.find((arg) => arg.startsWith(`--${name}=`));
  return found === undefined ? fallback : Number(found.slice(name.length + 3));
}

export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
