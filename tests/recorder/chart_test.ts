import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseStep, PointGatherer, pointsFromRaw } from "../../lib/recorder/chart.ts";
import { toValue } from "../../lib/recorder/ping_value.ts";
import { Results } from "../../lib/recorder/results.ts";

const START = Date.UTC(2026, 0, 1);

function resultsOf(list: readonly (readonly [number, number])[]): Results {
  const results = new Results();
  for (const [ms, value] of list) results.insert((START + ms) * 1000, value);
  return results;
}

Deno.test("chooseStep covers any range with at most the points asked for", () => {
  const range = fc.tuple(fc.nat(3e12), fc.integer({ min: 1, max: 3e11 }));
  fc.assert(
    fc.property(range, fc.integer({ min: 1, max: 2000 }), fc.constantFrom(1, 60_000, 3_600_000), (r, n, widthMs) => {
      const [startMs, endMs] = [r[0], r[0] + r[1]];
      const stepMs = chooseStep({ startMs, endMs }, n, { widthMs });
      assert.equal(stepMs % widthMs, 0);
      assert.ok(Math.ceil(endMs / stepMs) - Math.floor(startMs / stepMs) <= n);
    }),
  );
});

Deno.test("chooseStep takes steps that people read, and not fewer points than it must", () => {
  const day = { startMs: START, endMs: START + 86_400_000 };
  assert.equal(chooseStep(day, 500), 180_000);
  assert.equal(chooseStep(day, 288), 300_000);
  assert.equal(chooseStep(day, 500, { widthMs: 3_600_000 }), 3_600_000);
  assert.equal(chooseStep({ startMs: START, endMs: START + 600_000 }, 500), 2000);
  assert.equal(
    chooseStep({ startMs: START, endMs: START + 365 * 86_400_000 }, 500, { widthMs: 3_600_000 }),
    86_400_000,
  );
});

Deno.test("chooseStep refuses no points and an empty range", () => {
  assert.throws(() => chooseStep({ startMs: 0, endMs: 1 }, 0), {
    name: "RangeError",
    message: "Cannot make a chart: 'points' must be a whole number from 1 on: it is 0",
  });
  assert.throws(() => chooseStep({ startMs: 5, endMs: 5 }, 1), {
    name: "RangeError",
    message: "Cannot make a chart: 'end' must be after 'start': it is 5, and start is 5",
  });
});

Deno.test("pointsFromRaw gives exact figures, no point for a gap, and null latencies where nothing was answered", () => {
  const replies = [5, 1, 4, 2, 3].map((ms, i) => [i, ms * 1000] as const);
  const points = pointsFromRaw(
    [resultsOf([...replies, [5, toValue(null)]]), resultsOf([[6, toValue(null, "unresolved")], [30, toValue(null)]])],
    10,
  );
  assert.deepEqual(points, [
    { timeMs: START, replies: 5, lost: 1, failed: 1, minMs: 1, p5Ms: 1, medianMs: 3, p95Ms: 5, maxMs: 5, meanMs: 3 },
    {
      timeMs: START + 30,
      replies: 0,
      lost: 1,
      failed: 0,
      minMs: null,
      p5Ms: null,
      medianMs: null,
      p95Ms: null,
      maxMs: null,
      meanMs: null,
    },
  ]);
});

Deno.test("PointGatherer gives what raw results give, percentiles within 1 %", () => {
  const list = fc.array(fc.tuple(fc.nat(100_000), fc.oneof(fc.nat(5_000_000), fc.integer({ min: -8, max: -1 }))));
  fc.assert(fc.property(list, (entries) => {
    const results = resultsOf(entries);
    const gatherer = new PointGatherer(10_000, { startMs: START, endMs: START + 100_001 });
    gatherer.addRaw(results);
    const gathered = gatherer.points();
    const raw = pointsFromRaw([results], 10_000);
    const close = (a: number | null = null, b: number | null = null) =>
      a === b || a !== null && b !== null && Math.abs(a - b) <= b * 0.01 + 0.001;
    assert.equal(gathered.length, raw.length);
    gathered.forEach(({ p5Ms, medianMs, p95Ms, ...exact }, i) => {
      const { p5Ms: p5, medianMs: median, p95Ms: p95, ...rest } = raw[i] ?? assert.fail();
      assert.deepEqual(exact, rest);
      assert.ok(close(p5Ms, p5) && close(medianMs, median) && close(p95Ms, p95));
    });
  }));
});
