import fc from "fast-check";
import assert from "node:assert/strict";
import { type FpingLine, readComplaint, readLine, readVersion } from "../../lib/engine/fping_output.ts";
import { readCapture, readCaptures } from "../captures.ts";

const RUNS = 100_000;

function linesOf(name: string): FpingLine[] {
  return readCapture(name).ended.stdout.trimEnd().split("\n").map(readLine);
}

function brief(line: FpingLine): string {
  if (line.kind === "noise" || line.kind === "garbage") return line.kind;
  const { address, index } = line.probe;
  return `${line.kind} ${address} ${index}${line.kind === "reply" ? ` ${line.rttMs}` : ""}`;
}

Deno.test("readLine reads replies and timeouts of 5.1, and nothing for what was not sent", () => {
  assert.deepEqual(linesOf("fping-loop").slice(0, 5).map(brief), [
    "reply 10.98.0.2 0 0.073",
    "lost 10.99.0.1 0",
    "lost 10.99.0.2 0",
    "lost 10.99.0.3 0",
    "reply 10.98.0.2 1 0.057",
  ]);
  assert.ok(linesOf("fping-loop").every((line) => !brief(line).includes("10.97.0.1")));
});

Deno.test("readLine reads fping's own time of a line, to 10 µs in 5.x and 1 µs before", () => {
  const [first] = linesOf("fping-loop");
  assert.ok(first?.kind === "reply");
  assert.equal(first.probe.stampMs?.toFixed(2), "1795409060968.87");
  const [old] = linesOf("fping-3-loop-slow");
  assert.ok(old?.kind === "reply");
  assert.equal(old.probe.stampMs?.toFixed(3), "1476258136615.104");
});

Deno.test("readLine reads IPv6, padded addresses, and lines of 4.x and 3.x", () => {
  assert.deepEqual(linesOf("fping-loop-v6").slice(0, 2).map(brief), ["reply fd98::2 0 0.089", "lost fd99::1 0"]);
  assert.deepEqual(linesOf("fping-loop-twins").slice(0, 3).map(brief), [
    "reply 127.0.0.1 0 0.045",
    "reply 127.0.0.1 0 0.098",
    "reply 127.0.0.20 0 0.046",
  ]);
  assert.deepEqual(linesOf("fping-4-loop").map(brief), [
    "reply 192.168.2.2 0 0.62",
    "reply 192.168.2.2 1 0.48",
    "reply 192.168.2.2 2 0.47",
    "reply 192.168.2.2 3 0.48",
    "noise",
    "noise",
  ]);
  assert.deepEqual(linesOf("fping-3-loop-slow").slice(0, 1).map(brief), ["reply 10.255.0.14 14 5607"]);
});

Deno.test("readLine takes a duplicate line for noise", () => {
  assert.deepEqual(linesOf("fping-5-duplicate").map(brief), ["noise"]);
});

Deno.test("readLine tells an answer from another address", () => {
  const line = "[1700000000.12345] 10.0.0.1 : [3], 64 bytes, 0.07 ms (0.07 avg, 0% loss) [<- 10.0.0.9]";
  assert.equal(brief(readLine(line)), "foreign 10.0.0.1 3");
});

Deno.test("readLine gives NaN for a figure that is none, and negative and huge ones as they are", () => {
  const figures = ["nan", "inf", "0x10", "-1e+03", "1.000e+06", "1,5"].map((figure) => {
    const line = readLine(`10.0.0.1 : [0], 64 bytes, ${figure} ms (1.0 avg, 0% loss)`);
    return line.kind === "reply" ? line.rttMs : line.kind;
  });
  assert.deepEqual(figures, [NaN, NaN, NaN, -1000, 1_000_000, NaN]);
});

Deno.test("readLine takes half a line for garbage", () => {
  const whole = "[1795409060.96887] 10.98.0.2 : [0], 64 bytes, 0.073 ms (0.073 avg, 0% loss)";
  for (let length = 1; length < whole.length; length++) {
    assert.equal(readLine(whole.slice(0, length)).kind, "garbage", whole.slice(0, length));
  }
});

Deno.test("readComplaint tells which address an ICMP error is about, whatever stands before it", () => {
  const complaints = readCapture("fping-loop").ended.stderr.trimEnd().split("\n").map(readComplaint);
  assert.deepEqual(complaints.slice(0, 2), [
    { kind: "icmp-error", address: "10.99.0.2" },
    { kind: "icmp-error", address: "10.99.0.3" },
  ]);
  assert.ok(complaints.slice(6).every(({ kind }) => kind === "noise"));
  const glued = " [<- 10.0.0.9]ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.2";
  assert.deepEqual(readComplaint(glued), { kind: "icmp-error", address: "10.0.0.2" });
  assert.deepEqual(readComplaint(" [<- 10.0.0.9]"), { kind: "foreign" });
  assert.deepEqual(readComplaint("fping: can't create socket (must run as root?)"), { kind: "other" });
});

Deno.test("readVersion tells what each version can do", () => {
  const say = (text: string) => {
    const { saysTimedOut, takesFractions, checksSource } = readVersion(text);
    return [saysTimedOut, takesFractions, checksSource];
  };
  assert.deepEqual(say("fping: Version 4.0\n"), [false, false, false]);
  assert.deepEqual(say("fping: Version 4.4\nfping: comments to david@schweikert.ch"), [false, true, false]);
  assert.deepEqual(say("fping: Version 5.1\n"), [true, true, false]);
  assert.deepEqual(say("fping: Version 5.3\n"), [true, true, true]);
  assert.deepEqual(say("fping: Version 5.10\n"), [true, true, true]);
  assert.equal(readVersion("what?").text, "5.1");
});

// deno-fmt-ignore
const PIECES = [
  "[1795409060.96887] ", "[", "]", "10.98.0.2", "fd98::2", " : ", " ", "[0]", "[12]", ", ", "64 bytes, ", "84 bytes", "0.073", "nan", "-1", "1e9",
  " ms", " (0.073 avg, 0% loss)", "(NaN avg, 100% loss)", "timed out", " [<- 10.0.0.9]", "duplicate for ", "xmt/rcv/%loss = 1/1/0%", "\r", "\u0000",
  "ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to ", "…", "応答",
];
const text = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 120 }) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join("")) },
);

Deno.test("readLine and readComplaint never throw, whatever the text", () => {
  fc.assert(
    fc.property(text, (text) => {
      const line = readLine(text);
      readComplaint(text);
      readVersion(text);
      if (line.kind === "reply" && !Number.isNaN(line.rttMs)) assert.ok(figuresOf(text).includes(line.rttMs), text);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("readLine gives no RTT that is not in the text, however a real capture is mutated", () => {
  const lines = readCaptures("fping").flatMap(({ ended }) => ended.stdout.split("\n")).filter((line) => line !== "");
  const mutation = fc.record({
    line: fc.constantFrom(...lines),
    at: fc.nat(120),
    remove: fc.nat(12),
    insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })),
  });
  fc.assert(
    fc.property(mutation, ({ line, at, remove, insert }) => {
      const text = line.slice(0, at) + insert + line.slice(at + remove);
      const found = readLine(text);
      if (found.kind === "reply" && !Number.isNaN(found.rttMs)) assert.ok(figuresOf(text).includes(found.rttMs), text);
    }),
    { numRuns: 20_000 },
  );
});

/** Every figure that stands before "ms". */
function figuresOf(text: string): number[] {
  return [...text.matchAll(/(\S+) ms/g)].map(([, figure]) => Number(figure?.replace(/^.*[^\d.e+-]/, "")));
}

Deno.test("readLine takes nothing but fping's own words for a lost ping", () => {
  assert.equal(readLine("10.0.0.1 : [0], timed out (NaN avg, 100% loss)").kind, "lost");
  for (const words of ["timed in", "unknown", "", "timed out already"]) {
    assert.equal(readLine(`10.0.0.1 : [0], ${words} (NaN avg, 100% loss)`).kind, "garbage", words);
  }
});
