import assert from "node:assert/strict";
import { createApp } from "../../lib/recorder/app.ts";
import type { GuardOptions } from "../../lib/recorder/guard.ts";
import { routeOf, withMetrics } from "../../lib/recorder/metrics_route.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { STATIC_PATHS } from "../../lib/recorder/static.ts";
import { parseTokens } from "../../lib/recorder/tokens.ts";
import { FakeClock } from "../fake_clock.ts";
import { HAS_PROMETHEUS, promtool, valueOf } from "../prometheus.ts";

const AT = "2026-01-01T00:00:00.000Z";

function setUp(options: GuardOptions & { databaseBytes?: () => Promise<number | undefined> } = {}) {
  const clock = new FakeClock();
  const store = openSqliteStore({ clock });
  const app = withMetrics(createApp({ store, clock, ...options }), { store, clock, version: "1.2.3", ...options });
  const send = (method: string, path: string, body?: unknown, headers: HeadersInit = {}) =>
    app.fetch(
      new Request(`http://recorder${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  return {
    app,
    send,
    post: (path: string, body: unknown) => send("POST", path, body),
    metrics: async () => await (await send("GET", "/metrics")).text(),
    async [Symbol.asyncDispose]() {
      app.close();
      await store.close();
    },
  };
}

function result(ip: string, at = AT) {
  return { ip, latency_ms: 1, at };
}

Deno.test("recorder metrics count each result once, by what became of it", async () => {
  await using recorder = setUp();
  const { post } = recorder;
  await post("/ips", { ip: "192.0.2.1", client: "c" });
  await post("/record-ping/c", result("192.0.2.1"));
  await post("/record-ping/c", result("192.0.2.1"));
  await post("/record-ping/c", result("192.0.2.9"));
  await post("/record-ping/c", { latency_ms: 1 });
  const results = [result("192.0.2.1"), result("192.0.2.1", "2026-01-01T00:00:01Z"), result("192.0.2.9"), { ip: 3 }];
  const answer = await post("/record-pings/c", { results });
  assert.deepEqual((await answer.json()).accepted, 1, "the answer must still be there to be read");
  const text = await recorder.metrics();
  assert.equal(valueOf(text, "ping_recorder_results_received_total"), 8);
  assert.equal(valueOf(text, "ping_recorder_results_duplicate_total"), 2);
  assert.equal(valueOf(text, "ping_recorder_results_rejected_total"), 4);
  assert.equal(valueOf(text, "ping_recorder_series"), 1);
});

Deno.test("recorder metrics count requests by route, method and status, and time them", async () => {
  await using recorder = setUp();
  await recorder.post("/record-ping/one", result("192.0.2.1"));
  await recorder.post("/record-ping/two", result("192.0.2.1"));
  await recorder.send("GET", "/nothing");
  await recorder.send("BREW", "/ips");
  const text = await recorder.metrics();
  const one = { route: "/record-ping/:client", method: "POST", status: "404" };
  assert.equal(valueOf(text, "ping_recorder_requests_total", one), 2);
  assert.equal(valueOf(text, "ping_recorder_requests_total", { route: "(other)", method: "GET", status: "404" }), 1);
  assert.equal(valueOf(text, "ping_recorder_requests_total", { route: "/ips", method: "(other)", status: "405" }), 1);
  assert.equal(valueOf(text, "ping_recorder_request_duration_seconds_count", { route: one.route }), 2);
});

Deno.test("routeOf gives no more labels than there are routes, whatever is asked for", () => {
  assert.equal(routeOf("/record-pings/a%20b"), "/record-pings/:client");
  assert.equal(routeOf("/ips/7"), "/ips/:id");
  for (const path of [...STATIC_PATHS, "/ips", "/metrics", "/openapi.json"]) assert.equal(routeOf(path), path);
  for (const path of ["/ips/7/8", "/record-ping/", "/record-ping/a/b", "//", "/metricsx"]) {
    assert.equal(routeOf(path), "(other)", path);
  }
});

Deno.test("recorder metrics are for whoever may read", async () => {
  await using recorder = setUp({ readTokens: parseTokens("secret-token-of-a-reader") });
  const refused = await recorder.send("GET", "/metrics");
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.equal(refused.headers.get("ping-recorder"), "1");
  await refused.body?.cancel();
  const headers = { authorization: "Bearer secret-token-of-a-reader" };
  const shown = await recorder.send("GET", "/metrics", undefined, headers);
  assert.equal(shown.status, 200);
  assert.equal(shown.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.match(await shown.text(), /ping_recorder_requests_total\{route="\/metrics",method="GET",status="401"\} 1/);
});

Deno.test("recorder metrics take no other method", async () => {
  await using recorder = setUp();
  const response = await recorder.post("/metrics", {});
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
  await response.body?.cancel();
});

Deno.test("recorder metrics show the size of the database only where it is known", async () => {
  await using unknown = setUp();
  assert.equal(valueOf(await unknown.metrics(), "ping_recorder_database_bytes"), undefined);
  await using known = setUp({ databaseBytes: () => Promise.resolve(4096) });
  assert.equal(valueOf(await known.metrics(), "ping_recorder_database_bytes"), 4096);
  await using broken = setUp({ databaseBytes: () => Promise.reject(new Error("/secret/path")) });
  const response = await broken.send("GET", "/metrics");
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
});

Deno.test({
  name: "recorder metrics keep to the conventions of Prometheus",
  ignore: !HAS_PROMETHEUS,
  async fn() {
    await using recorder = setUp({ databaseBytes: () => Promise.resolve(1) });
    await recorder.send("GET", "/ips");
    assert.equal(await promtool(["check", "metrics"], await recorder.metrics()), "");
  },
});

Deno.test("recorder metrics are all in README", async () => {
  await using recorder = setUp();
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const name of recorder.app.metricNames) assert.ok(readme.includes(`\`${name}\``), `${name} is not in README`);
});
