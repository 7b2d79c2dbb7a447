import assert from "node:assert/strict";
import type { Drain, DrainCounts } from "../lib/drain.ts";
import { openLedger } from "../lib/ledger.ts";
import { ClientMetrics } from "../lib/metrics.ts";
import { createMemoryOutbox } from "../lib/outbox/memory.ts";
import type { PingResult } from "../lib/result.ts";
import type { Target } from "../lib/target.ts";
import { FakeClock } from "./fake_clock.ts";
import { HAS_PROMETHEUS, promtool, valueOf } from "./prometheus.ts";

const TARGETS: readonly Target[] = [
  { host: "192.0.2.1", name: 'a "quoted" \\ name\nof two lines', group: "east", family: "any" },
  { host: "b.test", family: "any" },
];
const REPLY: PingResult = { outcome: "reply", host: "b.test", at: 0, rttMs: 3 };

function metricsOf(targets: readonly Target[] = TARGETS): ClientMetrics {
  return new ClientMetrics({
    client: "edge-7",
    targets,
    intervalMs: 10_000,
    timeoutMs: 2000,
    version: "1.2.3",
    clock: new FakeClock(),
  });
}

function drainWith(counts: Partial<DrainCounts>, away?: string): Drain {
  return {
    counts: { delivered: 0, rejected: 0, droppedLate: 0, rescued: 0, ...counts },
    away,
    wake() {},
    finished: Promise.resolve(),
  };
}

/** A client that ran for a while. */
function busy(): ClientMetrics {
  const metrics = metricsOf();
  const outbox = createMemoryOutbox({ maxResults: 2 });
  const drain = drainWith({ delivered: 5, rejected: 1 }, "it answers 500");
  metrics.attach({ ledger: openLedger(outbox, drain), outbox, drain });
  for (let n = 0; n < 4; n++) outbox.push(REPLY);
  metrics.count(REPLY);
  metrics.count({ outcome: "lost", host: "192.0.2.1", at: 0, cause: "timeout" });
  metrics.count({ outcome: "failed", host: "192.0.2.1", at: 0, cause: "overload" });
  metrics.onLate(4);
  metrics.onRestart("fping");
  metrics.onAddressChange("b.test");
  return metrics;
}

Deno.test("ClientMetrics shows what was pinged and what became of it", async () => {
  const text = await busy().text();
  const b = { client: "edge-7", target: "b.test", name: "", group: "" };
  const a = { client: "edge-7", target: "192.0.2.1", group: "east" };
  const client = { client: "edge-7" };
  const figures: readonly (readonly [string, Record<string, string>, number])[] = [
    ["ping_client_pings_sent_total", b, 1],
    ["ping_client_pings_sent_total", a, 1],
    ["ping_client_pings_lost_total", { ...a, cause: "timeout" }, 1],
    ["ping_client_pings_lost_total", { ...b, cause: "timeout" }, 0],
    ["ping_client_pings_failed_total", { ...a, cause: "overload" }, 1],
    ["ping_client_pings_failed_total", { ...a, cause: "unresolved" }, 0],
    ["ping_client_dns_changes_total", b, 1],
    ["ping_client_queue_results", client, 2],
    ["ping_client_queue_bytes", client, 252],
    ["ping_client_results_delivered_total", client, 5],
    ["ping_client_results_rejected_total", client, 1],
    ["ping_client_results_dropped_total", client, 2],
    ["ping_client_recorder_up", client, 0],
    ["ping_client_engine_restarts_total", { ...client, program: "fping" }, 1],
    ["ping_client_schedule_lateness_seconds_sum", client, 0.004],
    ["ping_client_schedule_lateness_seconds_bucket", { ...client, le: "0.002" }, 0],
    ["ping_client_schedule_lateness_seconds_bucket", { ...client, le: "0.004" }, 1],
    ["ping_client_targets", client, 2],
    ["ping_client_build_info", { ...client, version: "1.2.3", deno: Deno.version.deno }, 1],
  ];
  for (const [name, labels, value] of figures) {
    assert.equal(valueOf(text, name, labels), value, `${name} ${JSON.stringify(labels)}`);
  }
});

Deno.test("ClientMetrics has 20 buckets for the RTT, from 50 µs doubling, in seconds", async () => {
  const text = await busy().text();
  const buckets = [...text.matchAll(/^ping_client_rtt_seconds_bucket\{le="([^"]+)",.*target="b.test".* (\d+)$/gm)];
  const bounds = buckets.map(([, le]) => le);
  assert.equal(bounds.length, 21);
  assert.deepEqual(bounds.slice(0, 7), ["0.00005", "0.0001", "0.0002", "0.0004", "0.0008", "0.0016", "0.0032"]);
  assert.deepEqual(bounds.slice(-2), ["26.2144", "+Inf"]);
  assert.deepEqual(buckets.map(([, , count]) => Number(count)), [...Array(6).fill(0), ...Array(15).fill(1)]);
});

Deno.test("ClientMetrics shows nothing of a queue that does not exist yet, and no recorder where there is none", async () => {
  const metrics = metricsOf();
  const names = /^ping_client_(queue|results|recorder)\w+/gm;
  assert.deepEqual((await metrics.text()).match(names), null);
  const outbox = createMemoryOutbox();
  metrics.attach({ ledger: openLedger(outbox, undefined), outbox, drain: undefined });
  const text = await metrics.text();
  assert.equal(valueOf(text, "ping_client_queue_results"), 0);
  assert.equal(valueOf(text, "ping_client_recorder_up"), undefined);
});

Deno.test("ClientMetrics never lets the count of dropped results fall", async () => {
  const metrics = metricsOf();
  const outbox = createMemoryOutbox({ maxResults: 1 });
  let rescued = 0;
  const drain = drainWith({});
  Object.defineProperty(drain.counts, "rescued", { get: () => rescued });
  metrics.attach({ ledger: openLedger(outbox, drain), outbox, drain });
  for (let n = 0; n < 4; n++) outbox.push(REPLY);
  assert.equal(valueOf(await metrics.text(), "ping_client_results_dropped_total"), 3);
  rescued = 1;
  assert.equal(valueOf(await metrics.text(), "ping_client_results_dropped_total"), 3);
});

Deno.test("ClientMetrics is ready when it pings and the recorder takes results", () => {
  const metrics = metricsOf();
  assert.deepEqual(metrics.notReady(), ["no ping was answered or lost yet"]);
  metrics.count(REPLY);
  assert.deepEqual(metrics.notReady(), []);
  assert.deepEqual(busy().notReady(), ["recorder away: it answers 500"]);
});

Deno.test("ClientMetrics follows the targets", async () => {
  const metrics = busy();
  metrics.update([{ host: "192.0.2.9", family: "any" }]);
  const text = await metrics.text();
  assert.doesNotMatch(text, /b\.test|192\.0\.2\.1"/);
  assert.equal(valueOf(text, "ping_client_rtt_seconds_count", { target: "192.0.2.9" }), 0);
  assert.equal(valueOf(text, "ping_client_targets"), 1);
});

Deno.test({
  name: "ClientMetrics keeps to the conventions of Prometheus, whatever a target is called",
  ignore: !HAS_PROMETHEUS,
  fn: async () => assert.equal(await promtool(["check", "metrics"], await busy().text()), ""),
});

Deno.test("ClientMetrics' names are all in README", async () => {
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  for (const name of metricsOf().names) assert.ok(readme.includes(`\`${name}\``), `${name} is not in README`);
});
