import assert from "node:assert/strict";
import parsers from "ping/lib/parser/factory.js";
import type { Os } from "../../lib/engine/ping_args.ts";
import { type Ended, isDenied, readPing } from "../../lib/engine/ping_output.ts";
import type { Outcome } from "../../lib/result.ts";
import { type Capture, readCapture, readCaptures } from "../captures.ts";

const PROGRAMS = ["iputils", "busybox", "inetutils", "macos", "freebsd", "windows"];

/** What a capture must come out as, by the end of its name. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  // BusyBox prints no ICMP errors, and a machine that is not there is silent until ARP gives up after 3 s.
  [/^busybox-(unreachable|prohibited|arp-silent|v6-unreachable|ttl)$/, "lost/timeout"],
  [/-hostunreach$/, "lost/timeout"],
  [/-(unreachable|prohibited|arp-silent|ttl|hostdown)$/, "lost/unreachable"],
  [/-(reply|duplicate)$/, "reply"],
  [/-lost$/, "lost/timeout"],
  [/-(noroute|firewall|denied|too-long|failure|clock-step)$/, "failed/send-error"],
  [/-unknown-host$/, "failed/unresolved"],
  [/-(bad-option|killed)$/, "failed/no-engine"],
];

/** The RTT that each capture of a reply shows. */
function shownRtt({ ended }: Capture): number {
  return Number(/[=<]\s?([\d.]+) ?ms/.exec(ended.stdout)?.[1]);
}

for (const capture of readCaptures(...PROGRAMS)) {
  const wanted = BY_NAME.find(([name]) => name.test(capture.name))?.[1];
  Deno.test(`readPing reads ${capture.name} as ${wanted}`, () => {
    const outcome = read(capture);
    assert.equal(say(outcome), wanted);
    if (outcome.outcome === "reply") assert.equal(outcome.rttMs, shownRtt(capture));
  });
}

Deno.test("readPing takes the first answer's time, not a duplicate's", () => {
  assert.deepEqual(read(readCapture("iputils-duplicate")), { outcome: "reply", rttMs: firstTime("iputils-duplicate") });
  const only =
    "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=9 ms (DUP!)\n";
  assert.notEqual(linux(only).outcome, "reply");
});

Deno.test("readPing reads a decimal comma, whole milliseconds and `time<1ms`", () => {
  for (
    const [time, rttMs] of [["0,054 ms", 0.054], ["12 ms", 12], ["1.5ms", 1.5], ["3.000 ms (truncated)", 3]] as const
  ) {
    assert.deepEqual(linux(reply(`time=${time}`)), { outcome: "reply", rttMs });
  }
  assert.deepEqual(linux(reply("time<1 ms")), { outcome: "reply", rttMs: 1 });
});

Deno.test("readPing takes no negative, NaN or absurd time for a reply", () => {
  for (const time of ["-0.054", "nan", "-nan", "inf", "1e3", "1.2.3", "", "3600001", "99999999999999999999"]) {
    assert.deepEqual(
      linux(reply(`time=${time} ms`), { timeoutMs: 1e12 }),
      { outcome: "failed", cause: "send-error" },
      time,
    );
  }
});

Deno.test("readPing takes an answer that came after the timeout for lost", () => {
  assert.deepEqual(linux(reply("time=500 ms"), { timeoutMs: 500 }), { outcome: "reply", rttMs: 500 });
  assert.deepEqual(linux(reply("time=501 ms"), { timeoutMs: 500 }), { outcome: "lost", cause: "timeout" });
});

Deno.test("readPing takes no reply from another address than the one asked", () => {
  const statistics = "\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n";
  const other = reply("time=1 ms").replace("from 10.0.0.1", "from 10.0.0.2") + statistics;
  assert.deepEqual(linux(other), { outcome: "lost", cause: "timeout" });
  assert.equal(linux(reply("time=1 ms (DIFFERENT ADDRESS!)") + statistics).outcome, "lost");
  const windows = readCapture("windows-en-reply");
  const stdout = windows.ended.stdout.replace("Reply from 8.8.8.8", "Reply from 18.8.8.8");
  assert.deepEqual(read({ ...windows, ended: { ...windows.ended, stdout } }), { outcome: "lost", cause: "timeout" });
});

Deno.test("readPing knows an IPv6 address however it is written, with a zone too", () => {
  const text =
    "PING fe80::1%veth0(fe80::1%veth0) 56 data bytes\n64 bytes from fe80:0::1%veth0: icmp_seq=1 ttl=64 time=1 ms\n";
  assert.deepEqual(linux(text, { host: "fe80::1%veth0" }), { outcome: "reply", rttMs: 1 });
});

Deno.test("readPing makes no reply of an output that breaks off before the time is whole", () => {
  for (const name of ["iputils-reply", "busybox-reply", "inetutils-v6-reply", "macos-v6-reply", "windows-fr-reply"]) {
    const capture = readCapture(name);
    const { stdout } = capture.ended;
    const whole = stdout.search(/[=<]\s?[\d.]+ ?ms/) + (/[=<]\s?[\d.]+ ?ms/.exec(stdout)?.[0].length ?? 0);
    for (let length = 0; length < whole; length++) {
      const cut = { ...capture.ended, stdout: stdout.slice(0, length) };
      assert.notEqual(read({ ...capture, ended: cut }).outcome, "reply", `${name} cut at ${length}`);
    }
    assert.equal(read({ ...capture, ended: { ...capture.ended, stdout } }).outcome, "reply");
  }
});

Deno.test("readPing believes nothing of a flood, and asks for no more than a header of a killed program", () => {
  const ended = { code: 137, stdout: reply("time=1 ms"), stderr: "", killed: true, flooded: true };
  assert.equal(say(readPing(ended, { host: "10.0.0.1", timeoutMs: 1000, os: "linux" })), "failed/no-engine");
  const hung = (stdout: string, host = "10.0.0.1") =>
    say(readPing({ ...ended, flooded: false, stdout }, { host, timeoutMs: 1000, os: "linux" }));
  assert.equal(hung("PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n"), "lost/timeout");
  assert.equal(hung(""), "failed/no-engine");
  assert.equal(hung("", "slow.test"), "failed/unresolved");
});

Deno.test("readPing takes a redirect for what it is, and waits for the answer", () => {
  const text =
    "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\nFrom 10.0.0.9 icmp_seq=1 Redirect Host(New nexthop: 10.0.0.8)\n";
  assert.equal(say(linux(`${text}\n1 packets transmitted, 0 received, 100% packet loss, time 0ms\n`)), "lost/timeout");
  assert.equal(say(linux(text + reply("time=1 ms").split("\n").slice(1).join("\n"))), "reply");
});

Deno.test("readPing reads Windows in code pages that are not UTF-8", () => {
  for (const capture of readCaptures("windows-ja", "windows-zh", "windows-de", "windows-fr")) {
    const broken = capture.ended.stdout.replace(/\P{ASCII}+/gu, (text) => "\uFFFD".repeat(2 * text.length));
    if (/unknown|failure/.test(capture.name) || !/^\S.*:$/m.test(broken)) continue;
    assert.equal(
      say(read({ ...capture, ended: { ...capture.ended, stdout: broken } })),
      say(read(capture)),
      capture.name,
    );
  }
});

Deno.test("isDenied tells a missing right from a firewall and from everything else", () => {
  const denied = readCaptures(...PROGRAMS).filter(({ ended }) => isDenied(ended)).map(({ name }) => name);
  assert.deepEqual(denied, ["busybox-denied", "inetutils-denied", "iputils-denied"]);
});

Deno.test("npm ping's own parser is wrong where readPing is right", () => {
  const theirs = (os: string, text: string, config = {}) => {
    const parser = parsers.createParser("10.0.0.1", os, config);
    for (const line of text.split("\n")) parser.eat(line);
    return parser.getResult();
  };
  // A first line of one word ends in an exception.
  assert.throws(() => theirs("linux", "ping:\n"), TypeError);
  assert.equal(say(linux("ping:\n")), "failed/no-engine");
  // A duplicate counts as a sample.
  assert.equal(theirs("linux", readCapture("iputils-duplicate").ended.stdout).times.length, 3);
  // A decimal comma loses what stands before it.
  assert.equal(theirs("linux", reply("time=12,054 ms")).time, 54);
  assert.deepEqual(linux(reply("time=12,054 ms")), { outcome: "reply", rttMs: 12.054 });
  // A negative time loses its sign.
  assert.equal(theirs("linux", reply("time=-0.5 ms")).time, 0.5);
  // Another size than the one asked for is taken for the time.
  assert.equal(theirs("windows", readCapture("windows-en-reply").ended.stdout, { packetSize: 56 }).time, 32);
});

function read({ ended, host, os }: Capture): Outcome {
  return readPing(ended, { host, os, timeoutMs: 5000 });
}

function linux(stdout: string, { host = "10.0.0.1", timeoutMs = 5000, os = "linux" as Os } = {}): Outcome {
  const ended: Ended = { code: 0, stdout, stderr: "", killed: false, flooded: false };
  return readPing(ended, { host, timeoutMs, os });
}

function reply(time: string): string {
  return `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 ${time}\n`;
}

function firstTime(name: string): number {
  return shownRtt(readCapture(name));
}

function say(outcome: Outcome): string {
  return outcome.outcome === "reply" ? "reply" : `${outcome.outcome}/${outcome.cause}`;
}
