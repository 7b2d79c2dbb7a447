import assert from "node:assert/strict";
import type { Courier } from "../../lib/drain.ts";
import { withSpans } from "../../lib/delivery_spans.ts";
import { hasTelemetry } from "../../lib/metrics/telemetry.ts";
import type { PingResult } from "../../lib/result.ts";
import type { Verdict } from "../../lib/verdict.ts";
import { startTestRecorder } from "../misbehaving_recorder.ts";
import { eventually, fromSource, startProcess } from "../process.ts";
import { startCollector } from "./collector.ts";

/** What a user sets; the program itself reads none of it, Deno does. */
function environment(url: string, protocol: string): Record<string, string> {
  return {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    OTEL_BSP_SCHEDULE_DELAY: "200",
  };
}

const PING = ["--interval", "0.2", "--client", "edge-7", "me=127.0.0.1"];

Deno.test("client sends a collector the same metrics, and a span for each delivery with its request below", async () => {
  const collector = startCollector();
  const recorder = startTestRecorder();
  const client = startProcess(fromSource("--recorder", recorder.url, ...PING), {
    env: environment(collector.url, "http/json"),
  });
  try {
    const rtt = await eventually(() => Promise.resolve(collector.points("ping_client_rtt").find((p) => p.count >= 3)));
    const labels = { client: "edge-7", target: "127.0.0.1", name: "me" };
    assert.deepEqual([rtt.attributes, rtt.unit, rtt.bounds.length, rtt.bounds[0]], [labels, "s", 20, 50e-6]);
    assert.ok(rtt.sum > 0 && rtt.sum < 1 * rtt.count, `${rtt.sum} s`);

    const figure = (name: string) => eventually(() => Promise.resolve(collector.points(name).find((p) => p.value > 0)));
    assert.deepEqual((await figure("ping_client_pings_sent")).attributes, labels);
    assert.deepEqual((await figure("ping_client_results_delivered")).attributes, { client: "edge-7" });
    assert.equal((await figure("ping_client_recorder_up")).value, 1);
    assert.equal((await figure("ping_client_build_info")).value, 1);

    const span = await eventually(() => Promise.resolve(collector.spans("deliver")[0]));
    assert.deepEqual(span.attributes, {
      "ping_client.results": 1,
      "ping_client.accepted": 1,
      "ping_client.rejected": 0,
      "ping_client.kept": 0,
    });
    const below = await eventually(() =>
      Promise.resolve(collector.spans("POST").find(({ parentSpanId }) => parentSpanId === span.spanId))
    );
    assert.equal(below.traceId, span.traceId);

    recorder.answer = () => new Response(null, { status: 500 });
    const failed = await eventually(() =>
      Promise.resolve(collector.spans("deliver").find((other) => other.attributes["ping_client.kept"] === 1))
    );
    assert.deepEqual(failed.status, { code: 2, message: "it answers 500" });
  } finally {
    client.kill("SIGINT");
    await client.ended;
    await recorder.close();
    await collector.close();
  }
});

Deno.test("client speaks protobuf to a collector, as Deno does by default", async () => {
  const collector = startCollector();
  const client = startProcess(fromSource("--recorder", "http://127.0.0.1:9", ...PING), {
    env: environment(collector.url, "http/protobuf"),
  });
  try {
    const ours = await eventually(() =>
      Promise.resolve(
        collector.foreign.find(({ bytes }) => new TextDecoder("latin1").decode(bytes).includes("ping_client_rtt")),
      )
    );
    assert.equal(ours.type, "application/x-protobuf");
  } finally {
    client.kill("SIGINT");
    await client.ended;
    await collector.close();
  }
});

Deno.test("hasTelemetry is false where OpenTelemetry is off", () => assert.equal(hasTelemetry(), false));

Deno.test("withSpans changes nothing of what a courier says", async () => {
  const result: PingResult = { outcome: "reply", host: "a", at: 0, rttMs: 1 };
  const verdicts: readonly Verdict[] = [{ verdict: "accept" }, { verdict: "reject", reason: "no" }];
  const asked: unknown[] = [];
  const courier: Courier & { maxBatch: number; stampsOnArrival: boolean } = {
    maxBatch: 1,
    stampsOnArrival: true,
    connect: (signal) => Promise.resolve(asked.push(signal)).then(() => ({ verdict: "accept" })),
    deliver: (results, signal) => Promise.resolve(asked.push(results, signal)).then(() => verdicts),
  };
  const spanned = withSpans(courier);
  const { signal } = new AbortController();
  assert.deepEqual(await spanned.connect(signal), { verdict: "accept" });
  courier.maxBatch = 1000;
  courier.stampsOnArrival = false;
  assert.deepEqual([spanned.maxBatch, spanned.stampsOnArrival], [1000, false]);
  assert.deepEqual(await spanned.deliver([result, result], signal), verdicts);
  assert.deepEqual(asked, [signal, [result, result], signal]);
});
