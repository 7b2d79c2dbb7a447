import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_RETENTION, formatRetention, parseRetention } from "../../lib/recorder/retention.ts";

const DAY_MS = 86_400_000;

Deno.test("parseRetention reads every unit, and leaves the default where nothing is said", () => {
  assert.deepEqual(parseRetention("raw=7d,1m=90d,1h=2y"), DEFAULT_RETENTION);
  assert.deepEqual(parseRetention("raw=3600s"), { ...DEFAULT_RETENTION, rawMs: 3_600_000 });
  assert.deepEqual(parseRetention(" 1h = 520w , raw=120m, 1m=48h"), {
    rawMs: 7_200_000,
    minuteMs: 2 * DAY_MS,
    hourMs: 3640 * DAY_MS,
  });
});

Deno.test("formatRetention is read back as the same", () => {
  assert.equal(formatRetention(DEFAULT_RETENTION), "raw=7d,1m=90d,1h=2y");
  const seconds = fc.integer({ min: 86_400, max: 1_000_000_000 }).map((s) => s * 1000);
  fc.assert(fc.property(fc.record({ rawMs: seconds, minuteMs: seconds, hourMs: seconds }), (retention) => {
    assert.deepEqual(parseRetention(formatRetention(retention)), { ...retention });
  }));
});

for (
  const [text, message] of [
    ["", "Cannot read the retention: '' must be like raw=7d, 1m=90d or 1h=2y: it is none of them"],
    ["raw", "Cannot read the retention: 'raw' must be like raw=7d, 1m=90d or 1h=2y: it is none of them"],
    ["1d=2y", "Cannot read the retention: '1d=2y' must be like raw=7d, 1m=90d or 1h=2y: it is none of them"],
    ["raw=1d,", "Cannot read the retention: '' must be like raw=7d, 1m=90d or 1h=2y: it is none of them"],
    [
      "toString=1d",
      "Cannot read the retention: 'toString=1d' must be like raw=7d, 1m=90d or 1h=2y: it is none of them",
    ],
    ["raw=1d,raw=2d", "Cannot read the retention: 'raw' must be given once: it is given twice"],
    ["raw=", "Cannot read the retention: 'raw' must be a whole number with one of s m h d w y: it is ''"],
    ["raw=1.5d", "Cannot read the retention: 'raw' must be a whole number with one of s m h d w y: it is '1.5d'"],
    ["1m=7", "Cannot read the retention: '1m' must be a whole number with one of s m h d w y: it is '7'"],
    ["raw=59m", "Cannot keep history: 'raw' must be from 1h to 50y: it is 59m"],
    ["1h=51y", "Cannot keep history: '1h' must be from 1d to 50y: it is 51y"],
    ["1m=0d", "Cannot keep history: '1m' must be from 1d to 50y: it is 0s"],
  ] as const
) {
  Deno.test(`parseRetention refuses '${text}'`, () => {
    assert.throws(() => parseRetention(text), { name: "RangeError", message });
  });
}
