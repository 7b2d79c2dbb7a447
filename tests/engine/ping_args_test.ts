import assert from "node:assert/strict";
import { type Flavour, flavourOfVersion, needsFlavour, type Os, pingCommand } from "../../lib/engine/ping_args.ts";
import { type Family, parseTarget } from "../../lib/target.ts";

function line(host: string, os: Os, flavour: Flavour, timeoutMs = 2000, family: Family = "any"): string {
  const { program, args } = pingCommand(parseTarget(host, { family }), { os, flavour, timeoutMs });
  return [program, ...args].join(" ");
}

Deno.test("pingCommand puts `--` before the host and gives iputils its timeout in parts of a second", () => {
  assert.equal(line("10.0.0.1", "linux", "unknown"), "ping -n -W 2 -c 1 -s 56 -- 10.0.0.1");
  assert.equal(line("a.test", "linux", "iputils", 250), "ping -n -W 0.25 -c 1 -s 56 -- a.test");
});

Deno.test("pingCommand rounds the timeout up where a program takes whole seconds only", () => {
  assert.equal(line("a.test", "linux", "busybox", 250), "ping -n -W 1 -c 1 -s 56 -- a.test");
  assert.equal(line("a.test", "linux", "inetutils", 1001), "ping -n -W 2 -c 1 -s 56 -- a.test");
});

Deno.test("pingCommand asks for a family the way each program takes it", () => {
  assert.equal(line("a.test", "linux", "iputils", 2000, "ipv6"), "ping -n -W 2 -c 1 -s 56 -6 -- a.test");
  assert.equal(line("a.test", "linux", "busybox", 2000, "ipv4"), "ping -n -W 2 -c 1 -s 56 -4 -- a.test");
  assert.equal(line("::1", "linux", "busybox"), "ping -n -W 2 -c 1 -s 56 -6 -- ::1");
  // inetutils has a program for each family, and its ping6 knows a deadline instead of -W.
  assert.equal(line("::1", "linux", "inetutils"), "ping6 -n -w 2 -c 1 -s 56 -- ::1");
  assert.equal(line("a.test", "linux", "inetutils", 2000, "ipv4"), "ping -n -W 2 -c 1 -s 56 -- a.test");
});

Deno.test("pingCommand gives macOS milliseconds, and its ping6, which has no timeout, an interrupt", () => {
  assert.equal(line("a.test", "darwin", "bsd", 1100), "ping -n -W 1100 -c 1 -s 56 -- a.test");
  const six = pingCommand(parseTarget("::1"), { os: "darwin", flavour: "bsd", timeoutMs: 2000 });
  assert.deepEqual(six, { program: "ping6", args: ["-n", "-c", "1", "-s", "56", "--", "::1"], needsInterrupt: true });
});

Deno.test("pingCommand leaves the family to Windows where none was asked for, which npm ping does not", () => {
  assert.equal(line("a.test", "windows", "windows"), "ping -w 2000 -n 1 -l 56 a.test");
  assert.equal(line("a.test", "windows", "windows", 300, "ipv4"), "ping -4 -w 300 -n 1 -l 56 a.test");
  assert.equal(line("::1", "windows", "windows"), "ping -6 -w 2000 -n 1 -l 56 ::1");
});

Deno.test("pingCommand passes whole milliseconds on, whatever the timeout", () => {
  for (let timeoutMs = 1; timeoutMs < 5000; timeoutMs++) {
    for (const os of ["windows", "darwin"] as const) {
      const { args } = pingCommand(parseTarget("a.test"), { os, flavour: "unknown", timeoutMs: timeoutMs + 0.3 });
      const given = args[args.findIndex((arg) => arg === "-w" || arg === "-W") + 1] ?? "";
      assert.match(given, /^\d+$/);
      assert.ok(Number(given) >= timeoutMs && Number(given) <= timeoutMs + 3, `${given} for ${timeoutMs}`);
    }
  }
});

Deno.test("pingCommand honours a target's own payload", () => {
  const target = { ...parseTarget("a.test"), sizeBytes: 1400 };
  const { args } = pingCommand(target, { os: "linux", flavour: "iputils", timeoutMs: 2000 });
  assert.equal(args.join(" "), "-n -W 2 -c 1 -s 1400 -- a.test");
});

Deno.test("needsFlavour spares the question where every program takes the same options", () => {
  assert.equal(needsFlavour(parseTarget("a.test"), 2000), false);
  assert.equal(needsFlavour(parseTarget("a.test"), 2500), true);
  assert.equal(needsFlavour(parseTarget("fe80::1%eth0"), 2000), true);
  assert.equal(needsFlavour(parseTarget("a.test", { family: "ipv4" }), 2000), true);
});

Deno.test("flavourOfVersion knows each program by what it says of itself", () => {
  assert.equal(flavourOfVersion("ping from iputils 20221126\n"), "iputils");
  assert.equal(flavourOfVersion("ping utility, iputils-s20161105\n"), "iputils");
  assert.equal(flavourOfVersion("ping: invalid option -- 'V'\nBusyBox v1.35.0 multi-call binary.\n"), "busybox");
  assert.equal(flavourOfVersion("ping (GNU inetutils) 2.4\n"), "inetutils");
  assert.equal(flavourOfVersion("garbage"), "unknown");
});
