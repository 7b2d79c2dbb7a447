import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeResults, Results } from "../../lib/recorder/results.ts";

const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -8, max: 9 })));

function resultsOf(list: readonly (readonly [number, number])[]): Results {
  const results = new Results(0);
  for (const [time, value] of list) results.insert(time, value);
  return results;
}

function modelOf(list: readonly (readonly [number, number])[]): [number, number][] {
  const model = new Map<number, number>();
  for (const [time, value] of list) if (!model.has(time)) model.set(time, value);
  return [...model].sort(([a], [b]) => a - b);
}

function listOf(results: Results): [number, number][] {
  return Array.from({ length: results.length }, (_, i) => [results.time(i), results.value(i)]);
}

Deno.test("Results keeps order, and the first of a time", () => {
  fc.assert(fc.property(entries, (list) => assert.deepEqual(listOf(resultsOf(list)), modelOf(list))));
});

Deno.test("Results finds, cuts, removes and drops as a sorted list does", () => {
  fc.assert(fc.property(entries, fc.nat(60), fc.nat(60), (list, a, b) => {
    const results = resultsOf(list);
    const model = modelOf(list);
    assert.equal(results.has(a), model.some(([time]) => time === a));
    assert.deepEqual(listOf(results.between(a, b)), model.filter(([time]) => time >= a && time < b));
    results.remove(a);
    const left = model.filter(([time]) => time !== a);
    assert.deepEqual(listOf(results), left);
    results.dropFirst(Math.min(b, left.length));
    assert.deepEqual(listOf(results), left.slice(b));
    assert.equal(results.has(a), false);
  }));
});

Deno.test("mergeResults holds both, and of the same time the first", () => {
  fc.assert(fc.property(entries, entries, (a, b) => {
    assert.deepEqual(listOf(mergeResults(resultsOf(a), resultsOf(b))), modelOf([...modelOf(a), ...modelOf(b)]));
  }));
});
