import assert from "node:assert/strict";
import { compareOutages, toOutages } from "../../lib/recorder/outages.ts";
import type { Episode, EpisodeKind } from "../../lib/recorder/scanner.ts";
import type { Series } from "../../lib/recorder/store.ts";

function series(id: number): Series {
  return { id, ip: "::1", client: `client${id}`, createdAtMs: 0 };
}

function episode(kind: EpisodeKind, startMs: number, endMs: number | null): Episode {
  return { kind, startMs, endMs, lost: kind === "target-down" ? 3 : 0, failed: 0, cause: null };
}

const DOWN = { series: series(1), episodes: [episode("up", 0, 100), episode("target-down", 100, 200)] };

function seen(...episodes: Episode[]): [readonly string[], readonly string[]] {
  const [outage] = toOutages(DOWN, [{ series: series(2), episodes }], { startMs: 0, endMs: 1000 });
  return [outage?.alsoDown ?? [], outage?.upFor ?? []];
}

Deno.test("toOutages tells a target that is down from a client whose own network is", () => {
  assert.deepEqual(seen(episode("target-down", 150, 300)), [["client2"], []]);
  assert.deepEqual(seen(episode("up", 0, 1000)), [[], ["client2"]]);
  assert.deepEqual(seen(episode("up", 0, 150), episode("target-down", 150, null)), [["client2"], []]);
  assert.deepEqual(seen(episode("client-silent", 0, 1000)), [[], []]);
  assert.deepEqual(seen(episode("not-measured", 0, 1000)), [[], []]);
  assert.deepEqual(seen(episode("target-down", 0, 100), episode("client-silent", 100, 250)), [[], []]);
  assert.deepEqual(seen(episode("target-down", 200, 300)), [[], []]);
});

Deno.test("toOutages leaves out what is up and what does not touch the range", () => {
  const range = (startMs: number, endMs: number) => toOutages(DOWN, [], { startMs, endMs }).length;
  assert.deepEqual([range(0, 100), range(0, 101), range(199, 300), range(200, 300)], [0, 1, 1, 0]);
  const open = { series: series(1), episodes: [episode("client-silent", 100, null)] };
  assert.equal(toOutages(open, [], { startMs: 5000, endMs: 6000 }).length, 1);
});

Deno.test("toOutages asks other clients about a target that is down only", () => {
  const silent = { series: series(1), episodes: [episode("client-silent", 100, 200)] };
  const other = { series: series(2), episodes: [episode("up", 0, 1000)] };
  const [outage] = toOutages(silent, [other], { startMs: 0, endMs: 1000 });
  assert.deepEqual([outage?.alsoDown, outage?.upFor], [[], []]);
});

Deno.test("compareOutages puts the newest first", () => {
  const outages = [1, 2].flatMap((id) =>
    toOutages({ series: series(id), episodes: [episode("target-down", 1, 5), episode("target-down", 9, null)] }, [], {
      startMs: 0,
      endMs: 100,
    })
  ).sort(compareOutages);
  assert.deepEqual(outages.map(({ startMs, series }) => [startMs, series.id]), [[9, 1], [9, 2], [1, 1], [1, 2]]);
});
