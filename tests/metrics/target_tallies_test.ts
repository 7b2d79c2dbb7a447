import assert from "node:assert/strict";
import type { Distribution, Sample } from "../../lib/metrics/metric_set.ts";
import { OTHER, TargetTallies } from "../../lib/metrics/target_tallies.ts";
import type { PingResult } from "../../lib/result.ts";
import type { Target } from "../../lib/target.ts";

/** A histogram that keeps its values by target. */
class Values implements Distribution {
  readonly of = new Map<string, number[]>();

  series({ target = "" }: Record<string, string> = {}) {
    const values: number[] = [];
    this.of.set(target, values);
    return (value: number) => void values.push(value);
  }

  remove({ target = "" }: Record<string, string>): void {
    this.of.delete(target);
  }
}

function target(host: string, more: Partial<Target> = {}): Target {
  return { host, family: "any", ...more };
}

function reply(host: string, rttMs = 1): PingResult {
  return { outcome: "reply", host, at: 0, rttMs };
}

function figures(samples: Iterable<Sample>): Record<string, number> {
  const nonZero = [...samples].filter(({ value }) => value > 0);
  return Object.fromEntries(nonZero.map(({ labels = {}, value }) => [`${labels.target} ${labels.cause ?? ""}`, value]));
}

Deno.test("TargetTallies counts a reply and a loss as sent, and what failed as neither", () => {
  const rtt = new Values();
  const tallies = new TargetTallies([target("a"), target("b")], rtt);
  tallies.count(reply("a", 1.5));
  tallies.count({ outcome: "lost", host: "a", at: 0, cause: "timeout" });
  tallies.count({ outcome: "lost", host: "a", at: 0, cause: "unreachable" });
  tallies.count({ outcome: "failed", host: "a", at: 0, cause: "overload" });
  tallies.count({ outcome: "failed", host: "b", at: 0, cause: "suspended" });
  assert.deepEqual(rtt.of, new Map([["a", [0.0015]], ["b", []]]));
  assert.deepEqual(figures(tallies.sent()), { "a ": 3 });
  assert.deepEqual(figures(tallies.lost()), { "a timeout": 1, "a unreachable": 1 });
  assert.deepEqual(figures(tallies.failed()), { "a overload": 1, "b suspended": 1 });
});

Deno.test("TargetTallies shows every series at 0 from the start, so that the first event is an increase", () => {
  const tallies = new TargetTallies([target("a")], new Values());
  assert.equal([...tallies.sent()].length, 1);
  assert.equal([...tallies.lost()].length, 2);
  assert.equal([...tallies.failed()].length, 5);
});

Deno.test("TargetTallies gives 100,000 targets no more series than 1,000 and one for all others", () => {
  const rtt = new Values();
  const hosts = Array.from({ length: 100_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  const tallies = new TargetTallies(hosts.map((host) => target(host, { name: host, group: host })), rtt);
  for (const host of hosts) tallies.count(reply(host));
  assert.equal(rtt.of.size, 1001);
  const sent = [...tallies.sent()];
  assert.equal(sent.length, 1001);
  assert.deepEqual(sent.at(-1), { labels: { target: OTHER, name: "", group: "" }, value: 99_000 });
});

Deno.test("TargetTallies keeps the figures of who stays and the series of nobody who left", () => {
  const rtt = new Values();
  const tallies = new TargetTallies([target("a"), target("b"), target("c")], rtt, 2);
  for (const host of ["a", "b", "c"]) tallies.count(reply(host));
  assert.deepEqual(figures(tallies.sent()), { "a ": 1, "b ": 1, [`${OTHER} `]: 1 });
  tallies.update([target("b"), target("c")]);
  for (const host of ["a", "b", "c"]) tallies.count(reply(host));
  assert.deepEqual(figures(tallies.sent()), { "b ": 2, "c ": 1, [`${OTHER} `]: 2 });
  assert.deepEqual([...rtt.of.keys()].sort(), [OTHER, "b", "c"]);
});

Deno.test("TargetTallies opens a new series where a target got another name or group", () => {
  const tallies = new TargetTallies([target("a", { name: "old" })], new Values());
  tallies.count(reply("a"));
  tallies.update([target("a", { name: "old", group: "g" })]);
  assert.deepEqual([...tallies.sent()], [{ labels: { target: "a", name: "old", group: "g" }, value: 0 }]);
});

Deno.test("TargetTallies counts changes of address for names alone", () => {
  const tallies = new TargetTallies([target("192.0.2.1"), target("a.test")], new Values());
  tallies.addressChanged("a.test");
  tallies.addressChanged("gone.test");
  assert.deepEqual([...tallies.addressChanges()], [{ labels: { target: "a.test", name: "", group: "" }, value: 1 }]);
});
