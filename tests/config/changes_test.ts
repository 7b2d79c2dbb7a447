import assert from "node:assert/strict";
import { readOptions } from "../../lib/config.ts";
import { rebase, settingChanges, targetChanges } from "../../lib/config/changes.ts";
import type { Target } from "../../lib/target.ts";

const A: Target = { host: "192.0.2.1", family: "any" };
const B: Target = { host: "192.0.2.2", name: "b", family: "any", intervalMs: 5000 };

Deno.test("settingChanges tells what a new recorder, a new interval and a new engine touch", () => {
  const running = readOptions({ recorder: "http://127.0.0.1:1" });
  const wanted = readOptions({ recorder: "http://127.0.0.1:2", interval: 3, engine: "fping", maxQueue: 7 });
  const changes = settingChanges(running, wanted);
  assert.equal(changes.courier, true);
  assert.deepEqual(changes.restart.toSorted(), ["engine", "max-queue"]);
  assert.equal(changes.settings.engine, "auto", "what needs a restart goes on as it is");
  assert.equal(changes.settings.maxQueue, undefined);
  assert.equal(changes.settings.interval, 3);
  assert.deepEqual(settingChanges(changes.settings, wanted).restart.toSorted(), ["engine", "max-queue"]);
});

Deno.test("settingChanges finds nothing between equals, and nothing for the courier in a new interval", () => {
  const running = readOptions({ client: "a" });
  assert.deepEqual(settingChanges(running, readOptions({ client: "a" })).restart, []);
  assert.equal(settingChanges(running, readOptions({ client: "a", interval: 3 })).courier, false);
  for (const changed of [{ client: "b" }, { client: "a", tokenFile: "t" }]) {
    assert.equal(settingChanges(running, readOptions(changed)).courier, true, JSON.stringify(changed));
  }
});

Deno.test("settingChanges asks for a restart where the recorder is left out: hosting one is done at the start", () => {
  const changes = settingChanges(readOptions({ recorder: "http://h:1" }), readOptions({ client: "b" }));
  assert.equal(changes.courier, false);
  assert.deepEqual(changes.restart.toSorted(), ["client", "recorder"]);
});

Deno.test("targetChanges counts who came, went and changed", () => {
  assert.deepEqual(targetChanges([A, B], [{ ...A, timeoutMs: 9 }, { host: "c", family: "any" }]), {
    added: 1,
    removed: 1,
    changed: 1,
  });
});

Deno.test("rebase gives a time to each target that now differs from the watch's own, and to no other", () => {
  const began = { intervalMs: 10_000, timeoutMs: 2000 };
  assert.deepEqual(rebase([A, B], began, began), [A, B]);
  assert.deepEqual(rebase([A, B], { intervalMs: 5000, timeoutMs: 1000 }, began), [
    { ...A, intervalMs: 5000, timeoutMs: 1000 },
    { ...B, timeoutMs: 1000 },
  ]);
  // Written down in the file now, but as it was all the time: nothing to disturb.
  assert.deepEqual(rebase([{ ...A, intervalMs: 10_000, timeoutMs: 2000 }], began, began), [A]);
});
