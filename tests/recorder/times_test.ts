import assert from "node:assert/strict";
import fc from "fast-check";
import { formatTime, parseQueryTime, parseTime } from "../../lib/recorder/times.ts";

Deno.test("parseTime reads what formatTime writes", () => {
  const max = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  fc.assert(fc.property(fc.integer({ min: 0, max }), (ms) => assert.equal(parseTime(formatTime(ms)), ms)));
});

Deno.test("parseTime reads the forms of RFC 3339 and cuts to milliseconds", () => {
  const noon = Date.UTC(2024, 1, 29, 12);
  assert.equal(parseTime("2024-02-29T12:00:00Z"), noon);
  assert.equal(parseTime("2024-02-29t12:00:00z"), noon);
  assert.equal(parseTime("2024-02-29 12:00:00.5Z"), noon + 500);
  assert.equal(parseTime("2024-02-29T12:00:00.1239999Z"), noon + 123);
  assert.equal(parseTime("2024-02-29T13:30:00+01:30"), noon);
  assert.equal(parseTime("2024-02-29T12:00:00-00:00"), noon);
  assert.equal(parseTime(noon), noon);
  assert.equal(parseTime(0), 0);
});

Deno.test("parseTime refuses all else", () => {
  const wrong = ["", "2024-02-29", "2024-02-29T12:00:00", "2023-02-29T12:00:00Z", "2024-04-31T00:00:00Z", "1"];
  wrong.push("2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-01T25:00:00Z", "noon");
  wrong.push("2024-01-01T00:60:00Z", "1969-12-31T23:59:59Z", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00Z ");
  for (const text of wrong) assert.equal(parseTime(text), undefined, text);
  for (const value of [-1, 0.5, NaN, Infinity, 1e18, null, undefined, {}, true]) {
    assert.equal(parseTime(value), undefined);
  }
});

Deno.test("parseQueryTime reads digits as epoch ms and a space as the plus it was", () => {
  assert.equal(parseQueryTime("1000"), 1000);
  assert.equal(parseQueryTime("1970-01-01T01:00:01 01:00"), 1000);
  assert.equal(parseQueryTime("-1"), undefined);
  assert.equal(parseQueryTime("1e3"), undefined);
});
