import assert from "node:assert/strict";
import fc from "fast-check";
import type { Cause } from "../../lib/recorder_contract.ts";
import { toValue } from "../../lib/recorder/ping_value.ts";
import { type Episode, Scanner } from "../../lib/recorder/scanner.ts";

const START = Date.UTC(2026, 0, 1);
const STEP = 10_000;
const VALUES: Readonly<Record<string, number>> = {
  r: 1000,
  l: toValue(null),
  t: toValue(null, "timeout"),
  u: toValue(null, "unreachable"),
  f: toValue(null, "unresolved"),
  s: toValue(null, "suspended"),
};

/** One letter for each round of 10 s: reply, lost, timeout, unreachable, failed, suspended; a dot is a round without a result. */
function scan(rounds: string, { stepMs = STEP } = {}): { scanner: Scanner; told: Episode[]; endMs: number } {
  const told: Episode[] = [];
  const scanner = new Scanner((episode) => told.push(episode));
  [...rounds].forEach((letter, i) => letter !== "." && scanner.feed(START + i * stepMs, VALUES[letter] ?? NaN));
  return { scanner, told, endMs: START + (rounds.length - 1) * stepMs };
}

/** Episodes as `kind from to lost failed cause`, in rounds. */
function episodes(rounds: string, { stepMs = STEP, afterMs = 0 } = {}): string[] {
  const { scanner, told, endMs } = scan(rounds, { stepMs });
  scanner.finish(endMs + afterMs);
  const round = (ms: number | null) => ms === null ? "on" : String((ms - START) / stepMs);
  return told.map(({ kind, startMs, endMs, lost, failed, cause }) =>
    [kind, round(startMs), round(endMs), lost, failed, cause ?? "-"].join(" ")
  );
}

function state(rounds: string, { afterMs = 0, heardMs = Infinity } = {}): string {
  const { scanner, endMs } = scan(rounds);
  const { state, sinceMs } = scanner.current(endMs + afterMs, heardMs);
  return `${state} ${sinceMs === null ? "-" : (sinceMs - START) / STEP}`;
}

for (
  const [rounds, expected] of [
    ["", "new -"],
    ["r", "up 0"],
    ["rrrrrrrrrr", "up 0"],
    ["rrrrrrrrll", "up 0"],
    ["rrrrrrrlll", "down 7"],
    ["rrrrrlllrr", "up 8"],
    ["rrrrrllrlr", "up 0"],
    ["l", "down 0"],
    ["ll", "down 0"],
    ["llr", "up 2"],
    ["f", "unmeasured 0"],
    ["lf", "unmeasured 1"],
    ["fl", "down 1"],
    ["rrrrrrrf", "up 0"],
    ["rrrrrrff", "up 0"],
    ["rrrrrrfff", "unmeasured 6"],
    ["rrrrrfffl", "down 8"],
    ["rrrrrfffr", "up 8"],
    ["rrrrlflfl", "down 4"],
    ["rrrrlfffl", "down 8"],
    ["rrrrrrllfff", "unmeasured 8"],
  ] as const
) {
  Deno.test(`Scanner.current says '${expected}' after '${rounds}'`, () => assert.equal(state(rounds), expected));
}

Deno.test("Scanner.current says silent after 60 s, and after 3 usual intervals where that is longer", () => {
  assert.equal(state("rrrrrrrr", { afterMs: 60_000 }), "up 0");
  assert.equal(state("rrrrrrrr", { afterMs: 60_001 }), "silent 7");
  const { scanner, endMs } = scan("rrrrrrrr", { stepMs: 300_000 });
  assert.equal(scanner.current(endMs + 900_000).state, "up");
  assert.equal(scanner.current(endMs + 900_001).state, "silent");
});

Deno.test("Scanner.current does not take a client whose clock is ahead for alive", () => {
  assert.equal(state("rrrrrrrr", { afterMs: 60_000, heardMs: START + 8 * STEP }), "up 0");
  // The results lie an hour ahead of the recorder's clock, and nothing has come for two minutes.
  assert.equal(state("rrrrrrrr", { afterMs: -3_600_000, heardMs: START - 3_650_000 }).split(" ")[0], "silent");
});

Deno.test("Scanner tells each outage with its counts and the cause that most of it had", () => {
  assert.deepEqual(episodes("rrrrruuttttrrr"), ["up 0 5 0 0 -", "target-down 5 11 6 0 timeout", "up 11 on 0 0 -"]);
  assert.deepEqual(episodes("rrrrrltlrrrr"), ["up 0 5 0 0 -", "target-down 5 8 3 0 -", "up 8 on 0 0 -"]);
  assert.deepEqual(episodes("rrrrrfssrrrr"), ["up 0 5 0 0 -", "not-measured 5 8 0 3 suspended", "up 8 on 0 0 -"]);
  assert.deepEqual(episodes("rrrrrtfttfr"), ["up 0 5 0 0 -", "target-down 5 10 3 2 timeout", "up 10 on 0 0 -"]);
  assert.deepEqual(episodes("rrrrrttttt"), ["up 0 5 0 0 -", "target-down 5 on 5 0 timeout"]);
  assert.deepEqual(episodes("rrrrrttrttr"), ["up 0 on 0 0 -"]);
});

Deno.test("Scanner tells what is not measured apart from what is down", () => {
  assert.deepEqual(episodes("rrrrrtttfffrr"), [
    "up 0 5 0 0 -",
    "target-down 5 8 3 0 timeout",
    "not-measured 8 11 0 3 unresolved",
    "up 11 on 0 0 -",
  ]);
  assert.deepEqual(episodes("rrrrrffftttrr"), [
    "up 0 5 0 0 -",
    "not-measured 5 8 0 3 unresolved",
    "target-down 8 11 3 0 timeout",
    "up 11 on 0 0 -",
  ]);
});

Deno.test("Scanner tells a gap as silence of the client, never as up or down", () => {
  assert.deepEqual(episodes("rrrrrr.......rr"), ["up 0 5 0 0 -", "client-silent 5 13 0 0 -", "up 13 on 0 0 -"]);
  assert.deepEqual(episodes("rrrrrr.....rr"), ["up 0 on 0 0 -"]);
  assert.deepEqual(episodes("rrrttt.......tttrr"), [
    "up 0 3 0 0 -",
    "target-down 3 5 3 0 timeout",
    "client-silent 5 13 0 0 -",
    "target-down 13 16 3 0 timeout",
    "up 16 on 0 0 -",
  ]);
  assert.deepEqual(episodes("rrrrrr", { afterMs: 60_001 }), ["up 0 5 0 0 -", "client-silent 5 on 0 0 -"]);
});

Deno.test("Scanner learns a long interval from the first results, without a silence", () => {
  assert.deepEqual(episodes("rrrrrrrrr", { stepMs: 300_000 }), ["up 0 on 0 0 -"]);
  assert.deepEqual(episodes("rr", { stepMs: 300_000 }), ["up 0 on 0 0 -"]);
});

Deno.test("Scanner takes an interval that has become longer for usual after a few results", () => {
  const told: Episode[] = [];
  const scanner = new Scanner((episode) => told.push(episode));
  for (let i = 0; i < 50; i++) scanner.feed(START + i * STEP, 1000);
  for (let i = 1; i < 50; i++) scanner.feed(START + 49 * STEP + i * 300_000, 1000);
  assert.equal(told.filter(({ kind }) => kind === "client-silent").length, 3);
});

const rounds = fc.array(fc.constantFrom(..."rrrrltufs.")).map((letters) => letters.join(""));

Deno.test("Scanner goes on from what was saved as if it had never stopped", () => {
  fc.assert(fc.property(rounds, fc.nat(100), (text, cut) => {
    const whole = scan(text);
    const told: Episode[] = [];
    const take = (episode: Episode) => told.push(episode);
    let scanner = new Scanner(take);
    [...text].forEach((letter, i) => {
      if (i === cut) scanner = new Scanner(take, scanner.save());
      if (letter !== ".") scanner.feed(START + i * STEP, VALUES[letter] ?? NaN);
    });
    assert.deepEqual(scanner.current(whole.endMs), whole.scanner.current(whole.endMs));
    whole.scanner.finish(whole.endMs);
    scanner.finish(whole.endMs);
    assert.deepEqual(told, whole.told);
  }));
});

Deno.test("Scanner's episodes never overlap, so no share of time exceeds 100 %, and count no result twice", () => {
  fc.assert(fc.property(rounds, fc.nat(200_000), (text, afterMs) => {
    const { scanner, told, endMs } = scan(text);
    const { state, sinceMs } = scanner.current(endMs + afterMs);
    scanner.finish(endMs + afterMs);
    let before = -Infinity;
    for (const { startMs, endMs: end } of told) {
      assert.ok(startMs >= before && (end ?? Infinity) > startMs - 1);
      before = end ?? Infinity;
    }
    const lost = [...text].filter((letter) => "ltu".includes(letter)).length;
    assert.ok(told.reduce((sum, episode) => sum + episode.lost, 0) <= lost);
    const last = told.at(-1);
    const kinds: Record<string, string> = { up: "up", down: "target-down", unmeasured: "not-measured" };
    if (state === "silent") assert.deepEqual([last?.kind, last?.startMs], ["client-silent", sinceMs]);
    else if (last?.endMs === null && state !== "new") assert.equal(last.kind, kinds[state]);
  }));
});

Deno.test("Scanner names every cause that a result can have", () => {
  for (const cause of ["timeout", "unreachable", "send-error", "no-engine", "overload"] satisfies Cause[]) {
    const told: Episode[] = [];
    const scanner = new Scanner((episode) => told.push(episode));
    for (let i = 0; i < 8; i++) scanner.feed(START + i * STEP, toValue(null, cause));
    scanner.finish(START + 8 * STEP);
    assert.deepEqual(told.map((episode) => episode.cause), [cause]);
  }
});
