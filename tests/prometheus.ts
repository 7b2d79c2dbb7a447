import { say } from "./say.ts";

/** Whether Debian's prometheus is here; where it is not, the tests that need it are skipped, and say so. */
export const HAS_PROMETHEUS = await isThere("promtool") && await isThere("prometheus");
if (!HAS_PROMETHEUS) say("skipped: tests with Prometheus: the package prometheus is not installed");

async function isThere(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Runs promtool and returns what it wrote. Throws all that it said where it is not content. */
export async function promtool(args: readonly string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("promtool", { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  const [{ success, code, stdout, stderr }] = await Promise.all([
    child.output(),
    writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()),
  ]);
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`promtool ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

/** The value of a series in Prometheus' text format; undefined where it is not there. `labels` in any order. */
export function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  for (const line of text.split("\n")) {
    const [, found, inside = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found === name && wanted.every((label) => inside.split(",").includes(label))) return Number(value);
  }
  return undefined;
}
