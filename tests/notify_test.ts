import assert from "node:assert/strict";
import { AlertWatcher, startNotifier } from "../lib/notify.ts";
import { FakeClock } from "./fake_clock.ts";
import { failed, lost, reply } from "./live/results.ts";
import { memoryLog } from "./memory_log.ts";
import { startTestRecorder } from "./misbehaving_recorder.ts";

Deno.test("AlertWatcher keeps targets apart and names the one it tells of", () => {
  const watcher = new AlertWatcher({ after: 2 });
  const said = [lost("a"), lost("b"), { ...lost("a"), name: "gate" }, reply(1, "b"), failed("a")].map((result, index) =>
    watcher.add(result, index)
  );
  assert.deepEqual(said.map((alert) => alert?.host), [undefined, undefined, "a", undefined, undefined]);
  assert.equal(said[2]?.name, "gate");
});

Deno.test("AlertWatcher tells what flapping held back by a later result, even one that failed", () => {
  const watcher = new AlertWatcher({ after: 1 });
  const told: (string | undefined)[] = [];
  const row = [lost(), reply(1), lost(), reply(1)];
  for (const [index, result] of row.entries()) told.push(watcher.add(result, index * 1000)?.event);
  assert.deepEqual(told, ["down", "up", "down", undefined]);
  assert.equal(watcher.add(failed(), 602_001)?.event, "up");
});

Deno.test("AlertWatcher forgets the targets that a reload takes away, and only those", () => {
  const watcher = new AlertWatcher({ after: 2 });
  for (const host of ["a", "b"]) watcher.add(lost(host), 0);
  watcher.keep(["b"]);
  assert.equal(watcher.add(lost("a"), 1), undefined);
  assert.equal(watcher.add(lost("b"), 1)?.event, "down");
});

Deno.test("notifier tells every destination in its own form; one that is away holds up no other", async () => {
  const good = startTestRecorder(() => new Response(null, { status: 200 }));
  const bad = startTestRecorder(() => new Response(null, { status: 500 }));
  const { log, lines } = memoryLog();
  const notifier = startNotifier({
    destinations: [{ kind: "slack", url: `${bad.url}/b` }, { kind: "discord", url: `${good.url}/g` }],
    after: 1,
    client: "edge-7",
    clock: new FakeClock(),
    log,
  });
  notifier.add(lost());
  notifier.add(failed());
  notifier.add(reply(1));
  await notifier.close();
  assert.deepEqual(notifier.counts.map(({ delivered, waiting }) => [delivered, waiting]), [[0, 2], [2, 0]]);
  assert.match((good.seen[0]?.body as { content: string }).content, /^🔴 192\.0\.2\.1 is down: /);
  assert.match((good.seen[1]?.body as { content: string }).content, /^🟢 192\.0\.2\.1 is up: /);
  assert.ok(lines.includes("warn alerts that were not delivered: 2"), lines.join("\n"));
  await good.close();
  await bad.close();
});

Deno.test("notifier closes after its time although a destination never answers", async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const silent = startTestRecorder(async () => {
    asked.resolve();
    await gate.promise;
    return new Response();
  });
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const notifier = startNotifier({
    destinations: [{ kind: "webhook", url: silent.url }],
    after: 1,
    client: "c",
    clock,
    log,
  });
  notifier.add(lost());
  await asked.promise;
  const closing = notifier.close({ drainMs: 3000 });
  await clock.advance(3000);
  await closing;
  assert.equal(clock.sleeping, 0);
  assert.ok(lines.includes("warn alerts that were not delivered: 1"));
  gate.resolve();
  await silent.close();
});
