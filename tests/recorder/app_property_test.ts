import assert from "node:assert/strict";
import fc from "fast-check";
import { createApp } from "../../lib/recorder/app.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { FakeClock } from "../fake_clock.ts";

const segment = fc.oneof(
  fc.constantFrom("ips", "record-ping", "record-pings", "page.js", "c", "1", "..", "%"),
  fc.constantFrom("ping-data", "summary", "series", "outages", "export.csv", "export.ndjson", "events", "openapi.json"),
  fc.string().map(encodeURIComponent),
  fc.webSegment(),
);
/** Times and numbers that are nearly right, since the range and the step are made of them. */
const parameter = fc.oneof(
  fc.string(),
  fc.integer().map(String),
  fc.integer({ min: Date.UTC(2025, 11, 31), max: Date.UTC(2026, 0, 2) }).map(String),
  fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString()),
  fc.integer({ min: 1, max: 2000 }).map(String),
);
const path = fc.oneof(
  fc.constantFrom("/ips", "/ips/1", "/record-ping/c", "/record-pings/c"),
  fc.constantFrom("/series", "/outages", "/summary", "/ping-data", "/export.csv", "/export.ndjson"),
  fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`),
);
const query = fc.oneof(
  fc.constant(""),
  fc.webQueryParameters().map((text) => `?${text}`),
  fc.record({ start: parameter, end: parameter, points: parameter, search: parameter }, { requiredKeys: [] })
    .map((given) => `?${new URLSearchParams({ ...given, client: "c", ip: "a" })}`),
);
/** Mostly what is nearly right: arbitrary text alone would never get past the JSON parser. */
const field = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom("a", "c", "timeout", null, "2026-01-01T00:00:00Z"),
  fc.double(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const result = fc.record(
  { ip: field, name: field, client: field, latency_ms: field, at: field, cause: field, ["__proto__"]: field },
  { requiredKeys: [] },
);
const body = fc.oneof(
  result.map((value) => JSON.stringify(value)),
  fc.array(fc.oneof(result, fc.jsonValue())).map((results) => JSON.stringify({ results })),
  fc.json(),
  fc.string({ unit: "binary" }),
  fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
);

Deno.test("app never answers 5xx, whatever path, method, query and body", async () => {
  const clock = new FakeClock();
  const store = openSqliteStore({ clock });
  await store.register({ ip: "a", client: "c" });
  await store.add([{ ip: "a", client: "c", atMs: clock.now() - 1, latencyMs: 1 }]);
  const app = createApp({ store, clock });
  const method = fc.constantFrom("POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH");
  await fc.assert(
    fc.asyncProperty(path, query, method, body, async (path, query, method, body) => {
      const init = method === "GET" || method === "HEAD" ? { method } : { method, body: body as BodyInit };
      const answer = await app.fetch(new Request(`http://recorder${path}${query}`, init));
      if (answer.headers.get("content-type") === "text/event-stream") return await answer.body?.cancel();
      const text = await answer.text();
      assert.ok(answer.status < 500, text);
      assert.equal(answer.headers.get("ping-recorder"), "1");
      if (answer.status >= 400) {
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
        if (method !== "HEAD") assert.equal(JSON.parse(text).status, answer.status);
      }
    }),
    { numRuns: 2000 },
  );
  await store.close();
});

Deno.test("app takes back in /ping-data every latency and time it accepted", async () => {
  const clock = new FakeClock();
  const store = openSqliteStore({ clock });
  const app = createApp({ store, clock });
  await store.register({ ip: "a", client: "c" });
  const latency = fc.option(fc.double({ min: 0, max: 3_600_000, noNaN: true }), { nil: null });
  const at = fc.integer({ min: clock.now() - 86_400_000, max: clock.now() + 86_400_000 });
  await fc.assert(fc.asyncProperty(latency, at, async (latency_ms, at) => {
    const body = JSON.stringify({ ip: "a", latency_ms, at });
    const posted = await app.fetch(new Request("http://r/record-ping/c", { method: "POST", body }));
    const { status } = await posted.json();
    const answer = await app.fetch(new Request(`http://r/ping-data?start=${at}&end=${at + 1}`));
    const [{ pings }] = await answer.json();
    assert.equal(pings.length, 1);
    assert.equal(pings[0].timestamp, new Date(at).toISOString());
    if (status === "accepted") assert.equal(pings[0].latency_ms, latency_ms && Math.round(latency_ms * 1000) / 1000);
  }));
  await store.close();
});
