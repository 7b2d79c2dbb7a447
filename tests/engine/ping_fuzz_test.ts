import fc from "fast-check";
import assert from "node:assert/strict";
import type { Os } from "../../lib/engine/ping_args.ts";
import { type Ended, readPing } from "../../lib/engine/ping_output.ts";
import { readCaptures } from "../captures.ts";

/** One for each parser: the one of Linux and that of macOS read the same forms by different parsers of npm `ping`. */
const PARSERS: readonly (readonly [Os, readonly string[]])[] = [
  ["linux", ["iputils", "busybox", "inetutils"]],
  ["darwin", ["macos", "freebsd"]],
  ["windows", ["windows"]],
];
const RUNS = 100_000;

/** What outputs are made of, so that arbitrary text gets past the first look of a parser. */
// deno-fmt-ignore
const PIECES = [
  "PING ", "PING6", "Pinging ", "Reply from ", "Antwort von ", "64 bytes from ", "From ", "ping: ", "10.0.0.1", "::1", "fe80::1%eth0",
  "(10.0.0.1)", "[::1]", ": ", ":\n", "\n", "\r\n", " ", "icmp_seq=1", "seq=0", "ttl=64", "TTL=64", "bytes=32", "time=", "time<", "=", "<",
  "0.054", "12", "-1", "nan", ",", ".", "1e9", "99999999999999", " ms", "ms", "(DUP!)", "Destination Host Unreachable", "Request timed out.",
  "1 packets transmitted, 1 received", "--- ", "Warning: time of day goes back", "unknown host", "\u0000", "\uFFFD", "…", "応答",
];

const text = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join("")) },
);

const ended: fc.Arbitrary<Ended> = fc.record({
  code: fc.constantFrom(0, 1, 2, 68, 127, 137),
  stdout: text,
  stderr: fc.oneof(fc.constant(""), text),
  killed: fc.boolean(),
  flooded: fc.boolean(),
});

for (const [os, programs] of PARSERS) {
  Deno.test(`readPing never throws on ${os}, and gives no RTT that is not in the text, whatever the text`, () => {
    fc.assert(
      fc.property(ended, fc.constantFrom("10.0.0.1", "::1", "a.test", "(", "["), (ended, host) => {
        assertShown(readPing(ended, { host, timeoutMs: 1e9, os }), ended.stdout + ended.stderr);
      }),
      { numRuns: RUNS },
    );
  });

  const captures = readCaptures(...programs);
  Deno.test(`readPing gives no RTT on ${os} that is not in the text, whatever becomes of a real output`, () => {
    let replies = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...captures),
        fc.array(mutation(), { minLength: 1, maxLength: 4 }),
        (capture, changes) => {
          const stdout = changes.reduce((text, change) => change(text), capture.ended.stdout);
          const { host } = capture;
          const outcome = readPing({ ...capture.ended, stdout }, { host, timeoutMs: 1e9, os });
          if (assertShown(outcome, stdout + capture.ended.stderr)) replies++;
        },
      ),
      { numRuns: RUNS },
    );
    assert.ok(replies > RUNS / 20, `only ${replies} of ${RUNS} were replies: this tries nothing`);
  });
}

/** One change: something cut out, put in, doubled, or a letter changed. */
function mutation(): fc.Arbitrary<(text: string) => string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const piece = fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 }));
  return fc.tuple(place, fc.nat(40), piece, fc.constantFrom("cut", "put", "double", "end")).map(
    ([where, length, piece, kind]) => (text) => {
      const at = Math.floor(where * text.length);
      const rest = text.slice(at + length);
      if (kind === "cut") return text.slice(0, at) + rest;
      if (kind === "put") return text.slice(0, at) + piece + text.slice(at);
      return kind === "double" ? text.slice(0, at + length) + text.slice(at) : text.slice(0, at);
    },
  );
}

/** The RTT must stand in the text as a time: after `=` or `<`, as the figure that it is. */
function assertShown(outcome: ReturnType<typeof readPing>, text: string): boolean {
  if (outcome.outcome !== "reply") return false;
  const shown = [...text.matchAll(/[=<]\s?(\d+(?:[.,]\d+)?)\s?[^\d.,]/g)].map(([, figure = ""]) =>
    figure.replace(",", ".")
  );
  assert.ok(
    shown.some((figure) => Number(figure) === outcome.rttMs),
    `${outcome.rttMs} is not in ${JSON.stringify(text)}`,
  );
  return true;
}
