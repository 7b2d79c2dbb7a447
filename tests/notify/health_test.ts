import assert from "node:assert/strict";
import fc from "fast-check";
import { Health, type HealthOptions } from "../../lib/notify/health.ts";
import type { PingResult } from "../../lib/result.ts";
import { failed, lost, reply } from "../live/results.ts";

const MADE: Readonly<Record<string, PingResult>> = { ".": reply(1), x: lost(), "-": failed() };

/** The events of a row of results (`.` reply, `x` lost, `-` failed), each with the index of the result. */
function events(row: string, options: HealthOptions = {}): string[] {
  const health = new Health(options);
  return [...row].flatMap((letter, index) => {
    const change = health.add(MADE[letter] ?? failed());
    return change === undefined ? [] : [`${change.event}@${index}`];
  });
}

Deno.test("Health is down after N rounds lost in a row, and up after N answers in a row", () => {
  assert.deepEqual(events("..xx.xxxx...."), ["down@7", "up@11"]);
  assert.deepEqual(events("x.", { after: 1 }), ["down@0", "up@1"]);
  assert.deepEqual(events("xxx.x..x..."), ["down@2", "up@10"]);
});

Deno.test("Health passes over rounds that were not measured", () => {
  assert.deepEqual(events("-".repeat(50)), []);
  assert.deepEqual(events("x-x--x-"), ["down@5"]);
  assert.deepEqual(events("xxx-.-.-.-"), ["down@2", "up@8"]);
});

Deno.test("Health says nothing of a target that was up from the start", () => {
  assert.deepEqual(events(".".repeat(100)), []);
});

Deno.test("Health tells loss over 20 rounds, and its end at half of that", () => {
  // 4 of 20 is 20 %; the window must be full first.
  assert.deepEqual(events("x.x.x.x............."), ["loss@19"]);
  const recovering = "x...x...x...x......." + ".".repeat(20);
  assert.deepEqual(events(recovering), ["loss@19", "up@24"]);
  assert.deepEqual(events("x.x.x.x.............", { lossPercent: 21 }), []);
});

Deno.test("Health at the border of the loss says it once", () => {
  // Swings between 15 % and 20 %: never at half.
  const row = "x....x....x....x....".repeat(5) + "x....x....x.........x....x....x....x....".repeat(3);
  assert.deepEqual(events(row), ["loss@19"]);
});

Deno.test("Health does not tell the rounds of an outage again as loss", () => {
  assert.deepEqual(events(".".repeat(20) + "xxxxxx" + ".".repeat(40)), [`down@22`, `up@28`]);
});

Deno.test("Health goes from loss to down and says so", () => {
  assert.deepEqual(events("x.x.x.x............." + "xxx" + "..."), ["loss@19", "down@22", "up@25"]);
});

Deno.test("Health says why in words", () => {
  const health = new Health({ after: 2 });
  health.add(lost());
  assert.deepEqual(health.add(lost()), { event: "down", detail: "no answer in 2 rounds (timeout)" });
  health.add(reply(1));
  assert.deepEqual(health.add(reply(1)), { event: "up", detail: "answers again, 2 rounds in a row" });
});

Deno.test("Health never says the same state twice in a row, and no round that failed changes anything", () => {
  const row = fc.array(fc.constantFrom(".", "x", "-"), { maxLength: 300 });
  fc.assert(
    fc.property(
      row,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 100 }),
      (letters, after, lossPercent) => {
        const said = events(letters.join(""), { after, lossPercent }).map((text) => text.split("@")[0]);
        for (const [index, event] of said.entries()) assert.notEqual(event, said[index - 1] ?? "up");
        const asked = letters.filter((letter) => letter !== "-").join("");
        assert.deepEqual(events(asked, { after, lossPercent }).map((text) => text.split("@")[0]), said);
      },
    ),
  );
});
