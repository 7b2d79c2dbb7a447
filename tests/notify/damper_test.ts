import assert from "node:assert/strict";
import fc from "fast-check";
import { Damper } from "../../lib/notify/damper.ts";
import type { Change } from "../../lib/notify/health.ts";

const MINUTE = 60_000;
const down: Change = { event: "down", detail: "d" };
const up: Change = { event: "up", detail: "u" };

/** Feeds changes at their minutes, and a result without a change each half minute up to the end. */
function told(changes: Readonly<Record<number, Change>>, untilMinute: number): string[] {
  const damper = new Damper();
  const lines: string[] = [];
  for (let minute = 0; minute <= untilMinute; minute += 0.5) {
    const alert = damper.take(changes[minute], minute * MINUTE);
    if (alert !== undefined) {
      lines.push(`${minute} ${alert.event}${alert.changes === undefined ? "" : ` ${alert.changes} changes`}`);
    }
  }
  return lines;
}

Deno.test("Damper lets an outage and its end through at once", () => {
  assert.deepEqual(told({ 1: down, 2: up }, 60), ["1 down", "2 up"]);
});

Deno.test("Damper tells a flapping target once, then at most once in 10 minutes with a count", () => {
  const changes: Record<number, Change> = {};
  for (let minute = 1; minute <= 30; minute++) changes[minute] = minute % 2 === 1 ? down : up;
  assert.deepEqual(told(changes, 60), [
    "1 down",
    "2 up",
    "3 down 3 changes",
    "13 down 10 changes",
    "23 down 10 changes",
    "33 up 7 changes",
  ]);
});

Deno.test("Damper never leaves a state untold: what was held back comes when the time is over", () => {
  assert.deepEqual(told({ 1: down, 2: up, 3: down, 4: up }, 60), [
    "1 down",
    "2 up",
    "3 down 3 changes",
    "13 up 1 changes",
  ]);
});

Deno.test("Damper is calm again after 10 minutes without a change", () => {
  assert.deepEqual(told({ 1: down, 2: up, 3: down, 20: up, 21: down, 22: up }, 60), [
    "1 down",
    "2 up",
    "3 down 3 changes",
    "20 up",
    "21 down",
    "22 up 3 changes",
  ]);
});

Deno.test("Damper always ends with the state that holds, and counts every change once", () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 80 }).map((list) =>
    list.sort((a, b) => a - b)
  );
  fc.assert(fc.property(minutes, (at) => {
    const changes = Object.fromEntries(at.map((minute, index) => [minute, index % 2 === 0 ? down : up]));
    const lines = told(changes, 230);
    assert.equal(lines.at(-1)?.split(" ")[1], at.length === 0 ? undefined : (at.length % 2 === 1 ? "down" : "up"));
    for (const [index, line] of lines.entries()) {
      const early = lines[index - 3];
      if (early !== undefined) {
        assert.ok(Number(line.split(" ")[0]) - Number(early.split(" ")[0]) >= 9.5, lines.join(", "));
      }
    }
  }));
});
