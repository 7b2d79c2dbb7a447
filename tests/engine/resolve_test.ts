import assert from "node:assert/strict";
import { Names, resolveName } from "../../lib/engine/resolve.ts";
import type { Log } from "../../lib/log.ts";
import { FakeClock, settle } from "../fake_clock.ts";

class Stage {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly changed: string[] = [];
  readonly said: string[] = [];
  answer: (host: string) => Promise<readonly string[]> = () => Promise.resolve(["10.0.0.1"]);
  readonly names: Names;

  constructor() {
    const write = (message: string, fields: Record<string, unknown> = {}) =>
      void this.said.push(message.replace(/\{(\w+)\}/g, (_, key) => String(fields[key])));
    const log: Log = { debug() {}, info: write, warn: write, error: write };
    this.names = new Names({
      clock: this.clock,
      log,
      random: () => 1,
      onChange: (host) => void this.changed.push(host),
      resolve: (host, family) => {
        this.asked.push(`${host} ${family} ${this.clock.monotonic()}`);
        return this.answer(host);
      },
    });
  }

  /** Ticks each second for `seconds`. */
  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.names.tick();
      await settle();
      await this.clock.advance(1000);
    }
  }
}

Deno.test("Names asks for a name at once and again each minute, and tells of its first address once", async () => {
  const stage = new Stage();
  stage.names.add("a.test", "ipv4");
  await stage.run(130);
  assert.deepEqual(stage.asked, ["a.test ipv4 0", "a.test ipv4 60000", "a.test ipv4 120000"]);
  assert.equal(stage.names.addressOf("a.test"), "10.0.0.1");
  assert.deepEqual(stage.changed, ["a.test"]);
});

Deno.test("Names asks for a name that does not resolve with a growing delay, and says it once", async () => {
  const stage = new Stage();
  stage.answer = () => Promise.reject(new Error("not known"));
  stage.names.add("a.test", "any");
  await stage.run(130);
  assert.deepEqual(stage.asked.map((text) => Number(text.split(" ")[2]) / 1000), [0, 1, 3, 7, 15, 31, 63, 123]);
  assert.deepEqual(stage.said, ["Cannot resolve a.test: not known"]);
  assert.equal(stage.names.addressOf("a.test"), undefined);
});

Deno.test("Names keeps the last good address of a name that does not resolve any more", async () => {
  const stage = new Stage();
  stage.names.add("a.test", "any");
  await stage.run(10);
  stage.answer = () => Promise.resolve([]);
  await stage.run(100);
  assert.equal(stage.names.addressOf("a.test"), "10.0.0.1");
});

Deno.test("Names keeps an address while it is among the answers, and logs a move", async () => {
  const stage = new Stage();
  stage.names.add("a.test", "any");
  await stage.run(10);
  stage.answer = () => Promise.resolve(["10.0.0.2", "10.0.0.1"]);
  await stage.run(60);
  assert.equal(stage.names.addressOf("a.test"), "10.0.0.1");
  stage.answer = () => Promise.resolve(["10.0.0.2"]);
  await stage.run(60);
  assert.equal(stage.names.addressOf("a.test"), "10.0.0.2");
  assert.deepEqual(stage.changed, ["a.test", "a.test"]);
  assert.deepEqual(stage.said, ["a.test moved from 10.0.0.1 to 10.0.0.2"]);
});

Deno.test("Names asks early for a name under suspicion, but not more than each 10 s", async () => {
  const stage = new Stage();
  stage.names.add("a.test", "any");
  for (let second = 0; second < 35; second++) {
    if (second > 2) stage.names.suspect("a.test");
    await stage.run(1);
  }
  assert.deepEqual(stage.asked.map((text) => Number(text.split(" ")[2]) / 1000), [0, 10, 20, 30]);
});

Deno.test("Names asks for at most 16 names at once, and a name that hangs holds up no other", async () => {
  const stage = new Stage();
  let release = () => {};
  const hanging = new Promise<readonly string[]>((resolve) => release = () => resolve(["10.0.0.9"]));
  stage.answer = (host) => host === "n0" ? hanging : Promise.resolve(["10.0.0.1"]);
  for (let index = 0; index < 40; index++) stage.names.add(`n${index}`, "any");
  stage.names.tick();
  assert.equal(stage.asked.length, 16);
  await stage.run(4);
  assert.equal(stage.asked.length, 40);
  assert.equal(stage.changed.length, 39);
  release();
  await settle();
  assert.equal(stage.names.addressOf("n0"), "10.0.0.9");
});

Deno.test("Names forgets a name that was removed while it was being asked for", async () => {
  const stage = new Stage();
  stage.names.add("a.test", "any");
  stage.names.tick();
  stage.names.remove("a.test");
  await settle();
  assert.deepEqual(stage.changed, []);
});

Deno.test("Names.firstAnswers waits for all names, but not for ever", async () => {
  const stage = new Stage();
  for (let index = 0; index < 40; index++) stage.names.add(`n${index}`, "any");
  await stage.names.firstAnswers(2000);
  assert.equal(stage.changed.length, 40);
  const dead = new Stage();
  dead.answer = () => new Promise(() => {});
  dead.names.add("a.test", "any");
  let waited = false;
  const waiting = dead.names.firstAnswers(2000).then(() => waited = true);
  await dead.clock.advance(1999);
  assert.ok(!waited);
  await dead.clock.advance(1);
  await waiting;
});

Deno.test("resolveName asks the system, whose hosts file counts, and respects the family", async () => {
  assert.deepEqual(await resolveName("localhost", "ipv4"), ["127.0.0.1"]);
  await assert.rejects(resolveName("nobody.invalid", "any"));
});
