import assert from "node:assert/strict";
import { Track } from "../../lib/live/track.ts";
import type { PingResult } from "../../lib/result.ts";
import { failed, lost, reply } from "./results.ts";

function statsOf(...results: PingResult[]) {
  const track = new Track({ host: "192.0.2.1", name: "gate", family: "any" });
  for (const result of results) track.add(result);
  return track.stats;
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

Deno.test("Track knows nothing before the first result", () => {
  const { state, last, minMs, loss, label } = statsOf();
  assert.deepEqual([state, last, minMs, loss, label], ["waiting", undefined, undefined, undefined, "gate (192.0.2.1)"]);
});

Deno.test("Track gives minimum, median and 95th percentile of the answers", () => {
  const { minMs, medianMs, p95Ms } = statsOf(...times(20, (n) => reply(20 - n)), lost(), failed());
  assert.deepEqual([minMs, medianMs, p95Ms], [1, 10.5, 19]);
  assert.equal(statsOf(reply(3), reply(1), reply(2)).medianMs, 2);
});

Deno.test("Track counts loss over what was asked: failed rounds were not", () => {
  assert.equal(statsOf(reply(1), lost(), failed(), failed()).loss, 0.5);
  assert.equal(statsOf(failed()).loss, undefined);
});

Deno.test("Track keeps the last 100 results", () => {
  const { results, minMs, loss } = statsOf(reply(0.1), lost(), ...times(100, () => reply(5)));
  assert.deepEqual([results.length, minMs, loss], [100, 5, 0]);
});

Deno.test("Track is down after three lost in a row, whatever failed between them", () => {
  assert.equal(statsOf(reply(1), lost(), lost()).state, "losing");
  assert.equal(statsOf(reply(1), lost(), failed(), lost(), lost()).state, "down");
  assert.equal(statsOf(lost(), lost(), lost(), failed()).state, "down");
  assert.equal(statsOf(lost(), lost(), lost(), reply(1)).state, "losing");
});

Deno.test("Track is up again once no loss is among the last 20 asked", () => {
  assert.equal(statsOf(lost(), ...times(19, () => reply(1))).state, "losing");
  assert.equal(statsOf(lost(), ...times(20, () => reply(1))).state, "up");
  assert.equal(statsOf(reply(1), failed()).state, "failed");
});
