import assert from "node:assert/strict";
import { createApp } from "../../lib/recorder/app.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import type { Store } from "../../lib/recorder/store.ts";
import {
  type BatchAnswer,
  MAX_BATCH,
  MAX_BODY_BYTES,
  REASON_AHEAD,
  REASON_INVALID_PREFIX,
  REASON_NOT_REGISTERED,
  REASON_TOO_OLD,
  recordPingPath,
  recordPingsPath,
} from "../../lib/recorder_contract.ts";
import { problem, setUpApi as setUp } from "./api.ts";
import { silentLog } from "../../lib/log.ts";

Deno.test("app speaks the plain contract from registration to history", async () => {
  const { get, post, clock } = setUp();
  assert.deepEqual(await (await get("/ips")).json(), []);
  const created = await post("/ips", { ip: "192.0.2.1", client: "client1" });
  assert.equal(created.status, 201);
  assert.deepEqual(await created.json(), { ip: "192.0.2.1", client: "client1" });
  assert.match(await problem(post("/ips", { ip: "192.0.2.1", client: "client1" }), 409), /already exists/);

  const recorded = await post("/record-ping/client1", { ip: "192.0.2.1", latency_ms: 1.234, name: "gw" });
  assert.equal(recorded.status, 201);
  assert.deepEqual(await recorded.json(), { status: "accepted" });
  assert.equal((await post("/record-ping/client1", { ip: "192.0.2.1", latency_ms: null })).status, 201);

  const [listed] = await (await get("/ips")).json();
  assert.deepEqual(listed, {
    id: listed.id,
    ip: "192.0.2.1",
    client: "client1",
    name: "gw",
    created_at: "2026-01-01T00:00:00.000Z",
  });
  const timestamp = new Date(clock.now()).toISOString();
  const answer = await get("/ping-data");
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.deepEqual(await answer.json(), [{
    device: "gw",
    ip: "192.0.2.1",
    client: "client1",
    pings: [{ latency_ms: 1.234, timestamp }, { latency_ms: null, timestamp }],
  }]);
});

Deno.test("app answers 404 for a result of a pair that is not registered", async () => {
  const { post } = setUp();
  await post("/ips", { ip: "192.0.2.1", client: "client1" });
  const detail = await problem(post("/record-ping/client2", { ip: "192.0.2.1", latency_ms: 1 }), 404);
  assert.ok(detail.includes(REASON_NOT_REGISTERED));
});

Deno.test("app stores a result with 'at' once, however often it is sent", async () => {
  const { get, post } = setUp();
  await post("/ips", { ip: "a", client: "c" });
  const at = "2025-12-31T23:59:59.123Z";
  assert.equal((await post("/record-ping/c", { ip: "a", latency_ms: 1, at })).status, 201);
  const again = await post("/record-ping/c", { ip: "a", latency_ms: 1, at: "2026-01-01T01:59:59.123+02:00" });
  assert.equal(again.status, 200);
  assert.deepEqual(await again.json(), { status: "duplicate" });
  const third = await post("/record-ping/c", { ip: "a", latency_ms: 1, at: Date.parse(at) });
  assert.deepEqual(await third.json(), { status: "duplicate" });
  const [{ pings }] = await (await get("/ping-data")).json();
  assert.deepEqual(pings, [{ latency_ms: 1, timestamp: at }]);
});

Deno.test("app takes a batch and gives a reason for each result it refuses", async () => {
  const { clock, get, post } = setUp();
  await post("/ips", { ip: "a", client: "c" });
  const at = new Date(clock.now()).toISOString();
  const good = { ip: "a", latency_ms: 1, at };
  const answer = await post(recordPingsPath("c"), {
    results: [
      good,
      { ip: "nobody", latency_ms: 1, at },
      good,
      { ip: "a", latency_ms: null, at: clock.now() - 1, cause: "timeout" },
      { ip: "a", latency_ms: 1, at: clock.now() + 86_400_001 },
      { ip: "a", latency_ms: 1, at: clock.now() + 86_400_000 },
      { ip: "a", latency_ms: 1, at: clock.now() - 86_400_001 },
      { ip: "a", latency_ms: 1 },
      { ip: "a", latency_ms: "1", at },
      null,
    ],
  });
  assert.equal(answer.status, 200);
  const { accepted, duplicates, rejected }: BatchAnswer = await answer.json();
  assert.deepEqual([accepted, duplicates], [3, 1]);
  assert.deepEqual(rejected.slice(0, 3), [
    { index: 1, reason: REASON_NOT_REGISTERED },
    { index: 4, reason: REASON_AHEAD },
    { index: 6, reason: REASON_TOO_OLD },
  ]);
  assert.deepEqual(rejected.slice(3).map(({ index }) => index), [7, 8, 9]);
  for (const { reason } of rejected.slice(3)) assert.ok(reason.startsWith(REASON_INVALID_PREFIX), reason);
  assert.match(rejected[3]?.reason ?? "", /'at' must be .*: it is missing$/);
  const [{ pings }] = await (await get(`/ping-data?end=${clock.now() + 90_000_000}&start=0`)).json();
  assert.deepEqual(pings.map((ping: { latency_ms: number | null }) => ping.latency_ms), [null, 1, 1]);
});

Deno.test("app takes the largest batch of the longest results, and none that is larger", async () => {
  const { clock, post } = setUp();
  const result = (i: number) => ({
    ip: "a".repeat(253),
    name: "\u{20ac}".repeat(200),
    latency_ms: 3_599_999.999,
    at: new Date(clock.now() + i).toISOString(),
  });
  await post("/ips", { ip: "a".repeat(253), client: "c" });
  const results = Array.from({ length: MAX_BATCH }, (_, i) => result(i));
  assert.ok(JSON.stringify({ results }).length < MAX_BODY_BYTES);
  assert.equal((await (await post("/record-pings/c", { results })).json()).accepted, MAX_BATCH);
  const detail = await problem(post("/record-pings/c", { results: [...results, {}] }), 400);
  assert.equal(
    detail,
    "Cannot take the body: 'results' must be an array of at most 1000 results: it is an array of 1001",
  );
});

Deno.test("app names the field that is wrong, and what is allowed", async () => {
  const { clock, post } = setUp();
  await post("/ips", { ip: "a", client: "c" });
  const cases: [path: string, body: unknown, detail: RegExp][] = [
    ["/ips", { client: "c" }, /'ip' must be .*: it is missing$/],
    ["/ips", { ip: "a" }, /'client' must be .*: it is missing$/],
    ["/ips", { ip: "a", client: "x/y" }, /'client' must be .*: it is "x\/y"$/],
    ["/ips", { ip: "a", client: "" }, /'client' must be/],
    ["/ips", { ip: "a", client: "x".repeat(101) }, /'client' must be/],
    ["/ips", { ip: "a", client: "a\u0000" }, /'client' must be/],
    ["/ips", { ip: "a b", client: "c" }, /'ip' must be/],
    ["/ips", { ip: "10.0.0.0/8", client: "c" }, /'ip' must be/],
    ["/ips", { ip: "\ud800", client: "c" }, /'ip' must be/],
    ["/ips", { ip: 1, client: "c" }, /'ip' must be .*: it is 1$/],
    ["/ips", { ip: "a", client: "c", name: "" }, /'name' must be/],
    ["/ips", { ip: "a", client: "c", name: null }, /'name' must be .*: it is null$/],
    ["/ips", [], /'ip' must be|must be an object/],
    ["/ips", "7", /the body must be an object: it is 7$/],
    ["/ips", "null", /the body must be an object: it is null$/],
    ["/ips", "", /must be JSON/],
    ["/ips", "{", /must be JSON/],
    ["/ips", "[".repeat(1_000_000), /must be JSON/],
    ["/ips", new Uint8Array([0x22, 0xff, 0x22]), /must be JSON in UTF-8/],
    ["/record-ping/c", { ip: "a" }, /'latency_ms' must be a number from 0 to 3600000, or null: it is missing$/],
    ["/record-ping/c", { ip: "a", latency_ms: -0.001 }, /'latency_ms' must be/],
    ["/record-ping/c", { ip: "a", latency_ms: 3_600_000.001 }, /'latency_ms' must be/],
    ["/record-ping/c", '{"ip":"a","latency_ms":1e999}', /'latency_ms' must be/],
    ["/record-ping/c", { ip: "a", latency_ms: "1" }, /'latency_ms' must be .*: it is "1"$/],
    ["/record-ping/c", { ip: "a", latency_ms: null, cause: "gremlins" }, /'cause' must be one of timeout, /],
    [
      "/record-ping/c",
      { ip: "a", latency_ms: 1, cause: "timeout" },
      /'cause' must be .* only where 'latency_ms' is null/,
    ],
    ["/record-ping/c", { ip: "a", latency_ms: 1, at: "yesterday" }, /'at' must be .*: it is "yesterday"$/],
    ["/record-ping/c", { ip: "a", latency_ms: 1, at: -1 }, /'at' must be/],
    ["/record-ping/c", { ip: "a", latency_ms: 1, at: clock.now() + 86_400_001 }, /'at' is more than 24 h ahead/],
    ["/record-ping/c", { ip: "a", latency_ms: 1, at: 0 }, /'at' is older than what the recorder keeps$/],
    ["/record-ping/a%2Fb", { ip: "a", latency_ms: 1 }, /'client' must be/],
    ["/record-ping/%ff", { ip: "a", latency_ms: 1 }, /'client' must be/],
    ["/record-ping/%0a", { ip: "a", latency_ms: 1 }, /'client' must be/],
    ["/record-pings/c", {}, /'results' must be .*: it is missing$/],
    ["/record-pings/c", { results: {} }, /'results' must be .*: it is an object$/],
  ];
  for (const [path, body, detail] of cases) {
    const text = await problem(post(path, body), 400);
    assert.match(text, detail);
    assert.ok(!text.includes("\n"));
  }
});

Deno.test("app takes the largest and the smallest that is allowed", async () => {
  const { post } = setUp();
  for (const ip of ["a", "2001:db8::1", "fe80::1%eth0", "bücher.example", "x".repeat(253)]) {
    assert.equal((await post("/ips", { ip, client: "c".repeat(100), name: "n".repeat(200) })).status, 201);
    for (const latency_ms of [0, 3_600_000, null]) {
      assert.equal((await post(recordPingPath("c".repeat(100)), { ip, latency_ms })).status, 201);
    }
  }
});

Deno.test("app reads a client id that had to be encoded", async () => {
  const { get, post } = setUp();
  for (const client of ["Halle 7", "100%", "ö%2F", "a+b", "2001:db8::1", "?#&", "🏭"]) {
    assert.equal((await post("/ips", { ip: "::1", client })).status, 201);
    assert.equal((await post(recordPingPath(client), { ip: "::1", latency_ms: 1 })).status, 201, client);
    const results = [{ ip: "::1", latency_ms: 1, at: "2026-01-01T00:00:00Z" }];
    assert.equal((await (await post(recordPingsPath(client), { results })).json()).accepted, 1, client);
  }
  for (const { pings } of await (await get("/ping-data")).json()) assert.equal(pings.length, 2);
});

Deno.test("app refuses a body over 1 MiB, with a length and without, and takes one of exactly 1 MiB", async () => {
  const { post } = setUp();
  const body = (bytes: number) => `{"ip":"a","client":"c","x":"${"x".repeat(bytes - 30)}"}`;
  const exact = new TextEncoder().encode(body(MAX_BODY_BYTES));
  assert.equal(exact.length, MAX_BODY_BYTES);
  assert.equal((await post("/ips", exact)).status, 201);
  const detail = "Cannot take the body: it must be at most 1048576 bytes";
  assert.equal(await problem(post("/ips", body(MAX_BODY_BYTES + 1)), 413), detail);
  const stream = () => new Response(body(MAX_BODY_BYTES + 1)).body;
  assert.equal(await problem(post("/ips", stream()), 413), detail);
});

Deno.test("app stops reading a body that never ends", async () => {
  const { post } = setUp();
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    cancel() {
      cancelled = true;
    },
  });
  await problem(post("/ips", endless), 413);
  assert.ok(cancelled);
});

Deno.test("app answers 400 where the body breaks off", async () => {
  const { post } = setUp();
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("connection reset")) });
  assert.equal(await problem(post("/ips", broken), 400), "Cannot read the body: it ended too early");
});

Deno.test("app answers 404 for unknown paths and 405 with Allow for wrong methods", async () => {
  const { app, get } = setUp();
  for (const path of ["/nothing", "/ips/", "/record-ping", "/record-ping/", "/record-ping/a/b", "/../etc", "//"]) {
    await problem(get(path), 404);
  }
  const cases = [
    ["DELETE", "/ips", "GET, HEAD, POST"],
    ["GET", "/record-ping/c", "POST"],
    ["PUT", "/record-pings/c", "POST"],
    ["POST", "/ping-data", "GET, HEAD"],
    ["OPTIONS", "/", "GET, HEAD"],
    ["POST", "/page/page.js", "GET, HEAD"],
  ] as const;
  for (const [method, path, allow] of cases) {
    const answer = app.fetch(new Request(`http://recorder${path}`, { method }));
    await problem(answer, 405);
    assert.equal((await answer).headers.get("allow"), allow);
  }
});

Deno.test("app answers HEAD as GET without a body", async () => {
  const { app } = setUp();
  for (const path of ["/ips", "/ping-data", "/healthz", "/"]) {
    const answer = await app.fetch(new Request(`http://recorder${path}`, { method: "HEAD" }));
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
  }
});

Deno.test("app reads the range of /ping-data in RFC 3339 and in epoch ms", async () => {
  const { clock, get, post } = setUp();
  await post("/ips", { ip: "a", client: "c" });
  const now = clock.now();
  for (const back of [7200_000, 3600_000, 1000, 0]) {
    await post("/record-ping/c", { ip: "a", latency_ms: back / 1000, at: now - back });
  }
  const latencies = async (query: string) => {
    const [{ pings }] = await (await get(`/ping-data${query}`)).json();
    return pings.map((ping: { latency_ms: number }) => ping.latency_ms);
  };
  assert.deepEqual(await latencies(""), [1, 0]);
  assert.deepEqual(await latencies("?start=0"), [7200, 3600, 1, 0]);
  assert.deepEqual(await latencies(`?start=${now - 7200_000}&end=${now - 1000}`), [7200, 3600]);
  assert.deepEqual(await latencies("?start=2025-12-31T22:00:00Z&end=2025-12-31T23:00:00.001Z"), [7200, 3600]);
  assert.deepEqual(await latencies("?start=2026-01-01T00:00:00+01:00"), [3600, 1, 0]);
  assert.deepEqual(await latencies("?end=2025-12-31T23:00:00Z"), [7200]);
  for (const query of ["?start=", "?start=monday", "?end=2026-02-30T00:00:00Z", "?start=2026-01-01"]) {
    assert.match(await problem(get(`/ping-data${query}`), 400), /'(start|end)' must be a time in RFC 3339/);
  }
  assert.match(await problem(get("/ping-data?start=2&end=1"), 400), /'start' must be before 'end'/);
});

Deno.test("app lists targets without a name by their ip, in a long history too", async () => {
  const { clock, get, post, store } = setUp();
  await post("/ips", { ip: "a", client: "c" });
  await post("/ips", { ip: "b", client: "c" });
  const count = 25_000;
  await store.add(
    Array.from({ length: count }, (_, i) => ({ ip: "a", client: "c", atMs: clock.now() - i, latencyMs: 1 })),
  );
  const [a, b] = await (await get("/ping-data")).json();
  assert.deepEqual([a.device, a.pings.length, b.device, b.pings], ["a", count, "b", []]);
});

Deno.test("app serves its page with types, an ETag and a policy without inline code", async () => {
  const { get } = setUp();
  const types = {
    "/": "text/html",
    "/page/page.js": "text/javascript",
    "/page/base.css": "text/css",
    "/favicon.svg": "image/svg",
  };
  for (const [path, type] of Object.entries(types)) {
    const answer = await get(path);
    const text = await answer.text();
    assert.ok(answer.headers.get("content-type")?.startsWith(type), path);
    assert.match(answer.headers.get("content-security-policy") ?? "", /^default-src 'self';/);
    assert.equal(answer.headers.get("cache-control"), "no-cache");
    const etag = answer.headers.get("etag") ?? "";
    assert.match(etag, /^"[\w-]{20}"$/);
    const again = await get(path, { "if-none-match": `"other", W/${etag}` });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    assert.equal((await get(path, { "if-none-match": '"other"' })).status, 200);
    assert.doesNotMatch(
      text,
      /\sstyle=|\son\w+=|<style|<script>|https?:\/\/(?!www\.w3\.org\/2000\/svg)|innerHTML/i,
      path,
    );
  }
});

Deno.test("app gives its health and version", async () => {
  const { get } = setUp();
  assert.deepEqual(await (await get("/healthz")).json(), { status: "ok", version: "1.2.3" });
});

Deno.test("app answers 429 when the store is full", async () => {
  const store = openSqliteStore({ maxSeries: 0 });
  const app = createApp({ store });
  const answer = app.fetch(new Request("http://r/ips", { method: "POST", body: '{"ip":"a","client":"c"}' }));
  await problem(answer, 429);
  assert.equal((await answer).headers.get("retry-after"), "3600");
  await store.close();
});

Deno.test("app logs what it did not expect and shows none of it", async () => {
  const lines: unknown[] = [];
  const broken = { listSeries: () => Promise.reject(new Error("secret path /var/db")) } as unknown as Store;
  const log = { ...silentLog, error: (_: string, fields: unknown) => lines.push(fields) };
  const app = createApp({ store: broken, log });
  const detail = await problem(app.fetch(new Request("http://r/ips?q=1")), 500);
  assert.doesNotMatch(detail, /secret|var/);
  assert.deepEqual(lines, [{ method: "GET", path: "/ips", reason: "Error: secret path /var/db" }]);
});
