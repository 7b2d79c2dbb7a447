// deno-lint-ignore-file no-console -- what a runner prints is its purpose
// Runs every test and ends with a line "N passed, N failed". First it installs what the tests use, where it may: the
// real programs are the point. What it can't install is named; in CI nothing may be missing.
import { parseSummary } from "./summary.ts";

/** What tests need beyond Deno: a program that shows it is there, and the Debian package that brings it. */
const NEEDED = [
  { program: "ping", debian: "iputils-ping", for: "every test that really pings" },
  { program: "fping", debian: "fping", for: "the fping engine" },
  { program: "busybox", debian: "busybox", for: "BusyBox's ping" },
  { program: "chromium", debian: "chromium", for: "the page in a real browser" },
  { program: "python3", debian: "python3-venv", for: "schemathesis against the OpenAPI document" },
  { program: "promtool", debian: "prometheus", for: "metrics and alert rules with Prometheus" },
  { program: "tmux", debian: "tmux", for: "the live view and completion in a real terminal" },
  { program: "zsh", debian: "zsh", for: "completion in zsh" },
  { program: "fish", debian: "fish", for: "completion in fish" },
  { program: "groff", debian: "groff-base", for: "the manual page" },
  { program: "mandoc", debian: "mandoc", for: "the manual page's lint" },
  { program: "systemd-analyze", debian: "systemd", for: "the unit for systemd" },
  { program: "ip", debian: "iproute2", for: "lost and unreachable hosts in network namespaces" },
] as const;

const inCi = Deno.env.get("CI") === "true";

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null", stdin: "null" }).output()).success;
  } catch {
    return false;
  }
}

function has(program: string): Promise<boolean> {
  return succeeds("sh", "-c", `command -v ${program}`);
}

async function missing(): Promise<(typeof NEEDED)[number][]> {
  const there = await Promise.all(NEEDED.map(({ program }) => has(program)));
  return NEEDED.filter((_, index) => !there[index]);
}

async function install(packages: readonly string[]): Promise<void> {
  if (!await has("apt-get")) return;
  const asRoot = await succeeds("sh", "-c", '[ "$(id -u)" = 0 ]')
    ? []
    : await succeeds("sudo", "-n", "true")
    ? ["sudo", "-n"]
    : undefined;
  if (asRoot === undefined) return;
  console.log(`installing ${packages.join(" ")} for the tests`);
  const apt = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const words = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const [command = "apt-get", ...args] = apt;
  // The package lists of a fresh image are empty.
  if (!await succeeds(command, ...args, ...words)) {
    await succeeds(command, ...args, "update", "-qq");
    await succeeds(command, ...args, ...words);
  }
}

const wanted = await missing();
if (wanted.length > 0) await install(wanted.map(({ debian }) => debian));
const left = await missing();
for (const { debian, for: purpose } of left) console.log(`not installed: ${debian}; skipped: ${purpose}`);
if (inCi && left.length > 0) {
  console.log("in CI nothing may be skipped");
  console.log("0 passed, 1 failed");
  Deno.exit(1);
}

const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--frozen", "--no-check", "--allow-all", ...Deno.args],
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
let text = "";
for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  await Deno.stdout.write(new TextEncoder().encode(chunk));
}
const { success } = await child.status;
const { passed, failed, ignored } = parseSummary(text);
const broken = !success && failed === 0 ? 1 : failed;
const skipped = ignored > 0 ? `, ${ignored} skipped` : "";
if (inCi && ignored > 0) console.log("in CI nothing may be skipped");
console.log(`${passed} passed, ${broken} failed${skipped}`);
Deno.exit(success && passed > 0 && !(inCi && ignored > 0) ? 0 : 1);
