import type { Ended } from "../lib/engine/ping_output.ts";
import type { Os } from "../lib/engine/ping_args.ts";

/** One run of a real program, as a file in tests/fixtures/captures holds it. */
export interface Capture {
  readonly name: string;
  readonly ended: Ended;
  readonly os: Os;
  /** The host that was asked. */
  readonly host: string;
}

const FOLDER = new URL("./fixtures/captures/", import.meta.url);

/** Hosts that the output does not tell, or tells in more than one way. */
const HOSTS: Record<string, string> = {
  "iputils-denied": "127.0.0.1",
  "busybox-denied": "127.0.0.1",
  "inetutils-denied": "127.0.0.1",
  "iputils-firewall": "10.96.0.1",
  "iputils-noroute": "10.97.0.1",
  "iputils-v6-noroute": "fd97::1",
  "windows-de-unknown-host": "google.de",
};

/** Every capture whose name begins with one of `programs`. */
export function readCaptures(...programs: readonly string[]): Capture[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/\.txt$/, ""))
    .filter((name) => programs.some((program) => name.startsWith(program))).sort().map(readCapture);
}

export function readCapture(name: string): Capture {
  const text = Deno.readTextFileSync(new URL(`${name}.txt`, FOLDER));
  const lines = text.split("\n");
  const stream = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}|`)).map((line) => `${line.slice(4)}\n`).join("");
  const code = Number(/^# exit (\d+)$/.exec(lines[0] ?? "")?.[1]);
  const ended = { code, stdout: stream("out"), stderr: stream("err"), killed: false, flooded: false };
  return { name, ended, os: osOf(name), host: HOSTS[name] ?? hostOf(ended.stdout) };
}

function osOf(name: string): Os {
  if (name.startsWith("windows")) return "windows";
  return name.startsWith("macos") ? "darwin" : name.startsWith("freebsd") ? "freebsd" : "linux";
}

/** The first address in the header, or its name. */
function hostOf(stdout: string): string {
  const header = stdout.split("\n").find((line) => line.trim() !== "") ?? "";
  return /--> (\S+)/.exec(header)?.[1] ?? /\[([^\]]+)\]/.exec(header)?.[1] ?? /^PING ([^\s(]+)/.exec(header)?.[1] ??
    /\d+\.\d+\.\d+\.\d+/.exec(header)?.[0] ?? "nobody.test";
}
