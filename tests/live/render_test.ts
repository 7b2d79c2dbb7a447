import assert from "node:assert/strict";
import fc from "fast-check";
import { Board } from "../../lib/live/board.ts";
import { render, type Size, type View } from "../../lib/live/render.ts";
import { displayWidth } from "../../lib/live/width.ts";
import type { PingResult } from "../../lib/result.ts";
import type { Target } from "../../lib/target.ts";
import { failed, lost, reply } from "./results.ts";

const ORDER = { by: "state", reversed: false } as const;
// deno-lint-ignore no-control-regex -- SGR sequences are control sequences
const SGR = /\x1b\[[\d;]*m/g;

function view(targets: readonly Target[], results: readonly PingResult[], more: Partial<View> = {}): View {
  const board = new Board(targets);
  for (const result of results) board.add(result);
  const now = Date.UTC(2026, 0, 31, 12, 0, 5);
  return {
    targets: board.rows(ORDER),
    counts: board.counts(),
    order: ORDER,
    top: 0,
    logLines: [],
    waiting: 0,
    now,
    ...more,
  };
}

const TARGETS: readonly Target[] = [
  { host: "192.0.2.1", name: "gate", family: "any" },
  { host: "192.0.2.2", family: "any" },
  { host: "192.0.2.3", name: "東京オフィス", family: "any" },
];
const RESULTS = [reply(12.3456), reply(20), ...[1, 2, 3].map(() => lost("192.0.2.2")), failed("192.0.2.3")];

Deno.test("render draws title, table, log and keys on 80 columns", () => {
  const logLines = ["2026-01-31 12:00:04.123 warning lost 192.0.2.2 (timeout)\n"];
  const lines = render(view(TARGETS, RESULTS, { waiting: 1234, logLines }), { columns: 80, rows: 14 });
  assert.deepEqual(lines.map((line) => line.trimEnd()), [
    " ping-client: 3  1 down  1 failed  1 up  1,234 to send             12:00:05 UTC",
    " TARGET                       LAST   MEDIAN      P95   LOSS  RECENT      STATE▼",
    " 192.0.2.2                    lost        -        -   100%  ×××         down",
    " 東京オフィス (192.0.2.3)   failed        -        -      -  ·           failed",
    " gate (192.0.2.1)             20.0     16.2     20.0     0%  ▁▅          up",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " 12:00:04 warning lost 192.0.2.2 (timeout)",
    " q quit  s n l m o sort  ↑↓                                            1-3 of 3",
  ]);
});

Deno.test("render keeps target, last, loss and state on 40 columns", () => {
  const lines = render(view(TARGETS, RESULTS), { columns: 40, rows: 7 });
  assert.deepEqual(lines.map((line) => line.trimEnd()), [
    " 1 down  1 failed  1 up    12:00:05 UTC",
    " TARGET             LAST   LOSS  STATE▼",
    " 192.0.2.2          lost   100%  down",
    " 東京オフィス …   failed      -  failed",
    " gate (192.0.2…     20.0     0%  up",
    "",
    " q quit  s n l m o sort  ↑↓    1-3 of 3",
  ]);
});

Deno.test("render shows the rows from the one scrolled to", () => {
  const many = Array.from({ length: 1000 }, (_, n): Target => ({ host: `host-${n}.example`, family: "any" }));
  const lines = render(view(many, [], { top: 990 }), { columns: 80, rows: 8 });
  assert.match(lines[2] ?? "", /^ host-990\.example /);
  assert.match(lines.at(-1) ?? "", / 991-995 of 1,000 $/);
});

Deno.test("render colours states, and without colour writes no sequence at all", () => {
  const size = { columns: 80, rows: 14 };
  const coloured = render(view(TARGETS, RESULTS), size, { color: true });
  assert.ok(coloured[2]?.endsWith("\x1b[31;1mdown   \x1b[0m"));
  assert.ok(coloured[2]?.includes("\x1b[31;1m×××\x1b[0m"));
  const plain = render(view(TARGETS, RESULTS), size);
  assert.deepEqual(coloured.map((line) => line.replace(SGR, "").trimEnd()), plain.map((line) => line.trimEnd()));
  assert.ok(!plain.join("").includes("\x1b"));
});

const name = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
const result = fc.oneof(
  fc.double({ min: 0, max: 3_600_000, noNaN: true }).map((ms) => reply(ms, "h")),
  fc.constant(lost("h")),
  fc.constant(failed("h")),
);

Deno.test("render fills the terminal exactly and never runs over, whatever the targets and the size", () => {
  const sizes: fc.Arbitrary<Size> = fc.record({
    columns: fc.integer({ min: 1, max: 250 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 30 }),
      fc.array(result, { maxLength: 120 }),
      sizes,
      fc.boolean(),
      name,
      (names, results, size, color, logLine) => {
        const targets = names.map((text, index): Target => ({
          host: index === 0 ? "h" : `h${index}`,
          name: text,
          family: "any",
        }));
        const lines = render(view(targets, results, { logLines: [logLine] }), size, { color });
        assert.equal(lines.length, size.rows);
        for (const line of lines) {
          assert.ok(
            displayWidth(line.replace(SGR, "")) <= size.columns,
            JSON.stringify(line),
          );
        }
      },
    ),
  );
});
