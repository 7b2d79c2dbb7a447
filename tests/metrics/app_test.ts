import assert from "node:assert/strict";
import { createMetricsApp } from "../../lib/metrics/app.ts";

function setUp(notReady: readonly string[] = []) {
  const app = createMetricsApp({
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    text: () => Promise.resolve("a 1\n"),
    notReady: () => notReady,
  });
  return (path: string, method = "GET") => app(new Request(`http://127.0.0.1:1${path}`, { method }));
}

Deno.test("metrics app gives the metrics in Prometheus' format", async () => {
  const response = await setUp()("/metrics?collect=all");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(await response.text(), "a 1\n");
});

Deno.test("metrics app is alive whether it is ready or not", async () => {
  for (const reasons of [[], ["away"]]) {
    const response = await setUp(reasons)("/healthz");
    assert.deepEqual([response.status, await response.json()], [200, { status: "alive" }]);
  }
});

Deno.test("metrics app is ready without a reason against it, else 503 with the reasons", async () => {
  const ready = await setUp()("/readyz");
  assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready" }]);
  const not = await setUp(["a", "b"])("/readyz");
  assert.deepEqual([not.status, await not.json()], [503, { status: "not ready", reasons: ["a", "b"] }]);
});

Deno.test("metrics app knows no other path and takes no other method", async () => {
  assert.equal((await setUp()("/")).status, 404);
  const response = await setUp()("/metrics", "POST");
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal((await setUp()("/metrics", "HEAD")).status, 200);
});
