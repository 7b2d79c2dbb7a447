import assert from "node:assert/strict";
import { systemClock } from "../lib/clock.ts";
import { createApp } from "../lib/recorder/app.ts";
import { openSqliteStore } from "../lib/recorder/sqlite.ts";
import { createRecorderApi, type RecorderApiOptions } from "../lib/recorder_api.ts";
import type { PingResult } from "../lib/result.ts";
import type { Target } from "../lib/target.ts";
import { memoryLog } from "./memory_log.ts";
import { plainAnswer, type SeenRequest, startTestRecorder } from "./misbehaving_recorder.ts";

const NEVER = new AbortController().signal;
const REPLY: PingResult = { outcome: "reply", host: "192.0.2.1", at: 1_700_000_000_000, rttMs: 0.12345 };
const LOST: PingResult = { outcome: "lost", host: "192.0.2.2", name: "gate", at: 1_700_000_000_001, cause: "timeout" };
const FAILED: PingResult = { outcome: "failed", host: "2001:db8::1", at: 1_700_000_000_002, cause: "suspended" };
const TARGETS: readonly Target[] = [
  { host: "192.0.2.1", family: "any" },
  { host: "192.0.2.2", name: "gate", family: "any" },
  { host: "2001:db8::1", family: "any" },
];

function api(url: string, options: Partial<RecorderApiOptions> = {}) {
  const { log, lines } = memoryLog();
  const courier = createRecorderApi({
    url,
    client: "client1",
    targets: () => TARGETS,
    clock: systemClock,
    log,
    ...options,
  });
  return { courier, lines };
}

/** Our own recorder, called without a network in between. */
function ours() {
  const store = openSqliteStore();
  const app = createApp({ store });
  return { store, fetch: (url: string, init: RequestInit) => app.fetch(new Request(url, init)) };
}

Deno.test("recorder API registers, in one question, exactly the (ip, client) pairs that are missing", async () => {
  const recorder = startTestRecorder((request) =>
    request.method === "GET"
      ? Response.json([
        { ip: "192.0.2.1", client: "client1" },
        { ip: "192.0.2.2", client: "other" },
        { odd: true },
        null,
      ])
      : plainAnswer(request)
  );
  const { courier, lines } = api(recorder.url);
  assert.deepEqual(await courier.connect(NEVER), { verdict: "accept" });
  const asked = recorder.seen.map(({ method, path, body }) => ({ method, path, body }));
  assert.deepEqual(asked, [
    { method: "GET", path: "/ips", body: undefined },
    { method: "POST", path: "/ips", body: { ip: "192.0.2.2", client: "client1" } },
    { method: "POST", path: "/ips", body: { ip: "2001:db8::1", client: "client1" } },
  ]);
  assert.equal(lines.filter((line) => /^info registered /.test(line)).length, 2);
  assert.ok(lines.includes("info registered gate (192.0.2.2) for client1"));
  await recorder.close();
});

Deno.test("recorder API sends a plain recorder exactly the plain contract", async () => {
  const recorder = startTestRecorder();
  const { courier } = api(recorder.url, { client: "büro 1" });
  await courier.connect(NEVER);
  assert.equal(courier.maxBatch, 1);
  recorder.seen.length = 0;
  const verdicts = await courier.deliver([REPLY, LOST, FAILED], NEVER);
  assert.deepEqual(verdicts.map(({ verdict }) => verdict), ["accept", "accept", "accept"]);
  assert.deepEqual(recorder.seen.map(({ path, body }) => ({ path, body })), [
    { path: "/record-ping/b%C3%BCro%201", body: { ip: "192.0.2.1", latency_ms: 0.123 } },
    { path: "/record-ping/b%C3%BCro%201", body: { ip: "192.0.2.2", name: "gate", latency_ms: null } },
    { path: "/record-ping/b%C3%BCro%201", body: { ip: "2001:db8::1", latency_ms: null } },
  ]);
  assert.equal(recorder.seen[0]?.headers.get("content-type"), "application/json");
  assert.equal(recorder.seen[0]?.headers.get("authorization"), null);
  await recorder.close();
});

for (
  const [what, exists] of [
    ["200", () => new Response("{}", { status: 200 })],
    ["201", () => new Response("{}", { status: 201 })],
    ["409", () => new Response("conflict", { status: 409 })],
    ["400 that says it exists", () => Response.json({ error: "IP already exists" }, { status: 400 })],
  ] as const
) {
  Deno.test(`recorder API takes a registration answered by ${what} for done`, async () => {
    const recorder = startTestRecorder((request) =>
      request.path === "/ips" && request.method === "POST" ? exists() : plainAnswer(request)
    );
    const { courier } = api(recorder.url);
    assert.deepEqual(await courier.connect(NEVER), { verdict: "accept" });
    await recorder.close();
  });
}

Deno.test("recorder API goes on where one target's registration is refused, and refuses only that target's results", async () => {
  const recorder = startTestRecorder((request) => {
    const { ip } = (request.body ?? {}) as { ip?: string };
    if (ip === "192.0.2.2" && request.path === "/ips") return Response.json({ error: "bad ip" }, { status: 400 });
    if (ip === "192.0.2.2") return new Response("unknown", { status: 404 });
    return plainAnswer(request);
  });
  const { courier, lines } = api(recorder.url);
  assert.equal((await courier.connect(NEVER)).verdict, "accept");
  const verdicts = await courier.deliver([REPLY, LOST], NEVER);
  assert.deepEqual(verdicts.map(({ verdict }) => verdict), ["accept", "reject"]);
  assert.equal(lines.filter((line) => /^warn .*gate \(192\.0\.2\.2\).*bad ip/.test(line)).length, 1);
  await recorder.close();
});

Deno.test("recorder API registers again after a 404 and tries once more", async () => {
  let known = false;
  const recorder = startTestRecorder((request) => {
    if (request.path.startsWith("/record-ping/")) return new Response(null, { status: known ? 201 : 404 });
    if (request.method === "POST") known = true;
    return plainAnswer(request);
  });
  const { courier } = api(recorder.url, { targets: () => [] });
  await courier.connect(NEVER);
  assert.deepEqual(await courier.deliver([REPLY], NEVER), [{ verdict: "accept" }]);
  assert.deepEqual(recorder.seen.map(({ path }) => path), [
    "/ips",
    "/record-ping/client1",
    "/ips",
    "/record-ping/client1",
  ]);
  await recorder.close();
});

Deno.test("recorder API gives a result up when it stays 404 after registering", async () => {
  const recorder = startTestRecorder((request) =>
    request.path.startsWith("/record-ping/") ? new Response(null, { status: 404 }) : plainAnswer(request)
  );
  const { courier } = api(recorder.url);
  await courier.connect(NEVER);
  const [verdict] = await courier.deliver([REPLY], NEVER);
  assert.equal(verdict?.verdict, "reject");
  assert.equal(recorder.seen.filter(({ path }) => path.startsWith("/record-ping/")).length, 2);
  await recorder.close();
});

Deno.test("recorder API does not take a captive portal's page for a success", async () => {
  const page = () =>
    new Response("<!doctype html><title>Sign in</title>", { headers: { "content-type": "text/html" } });
  const recorder = startTestRecorder();
  const { courier } = api(recorder.url);
  await courier.connect(NEVER);
  recorder.answer = page;
  assert.equal((await courier.deliver([REPLY], NEVER))[0]?.verdict, "keep");
  assert.equal((await courier.connect(NEVER)).verdict, "keep");
  // A recorder that answers posts with a page, but still lists its targets, is one.
  recorder.answer = (request: SeenRequest) => request.method === "GET" ? Response.json([]) : page();
  assert.equal((await courier.deliver([REPLY], NEVER))[0]?.verdict, "accept");
  await recorder.close();
});

Deno.test("recorder API sends its token and says nothing of it when it is refused", async () => {
  const recorder = startTestRecorder(({ headers }) =>
    new Response(null, { status: headers.get("authorization") === "Bearer s3cret" ? 403 : 500 })
  );
  const { courier, lines } = api(recorder.url, { token: () => Promise.resolve("s3cret") });
  assert.deepEqual(await courier.connect(NEVER), { verdict: "keep", reason: "it refuses the token (403)" });
  assert.ok(!lines.join().includes("s3cret"));
  await recorder.close();
});

Deno.test("recorder API sends batches with time and cause to a recorder that announces them", async () => {
  const { store, fetch } = ours();
  const { courier, lines } = api("http://recorder", { fetch });
  assert.equal((await courier.connect(NEVER)).verdict, "accept");
  assert.equal(courier.maxBatch, 1000);
  assert.match(lines.find((line) => /answers/.test(line)) ?? "", /in batches/);
  const now = Date.now();
  const results = [REPLY, LOST, FAILED].map((result, index) => ({ ...result, at: now - 5000 + index }));
  assert.deepEqual((await courier.deliver(results, NEVER)).map(({ verdict }) => verdict), [
    "accept",
    "accept",
    "accept",
  ]);
  // Sent again, as after a lost answer: taken, and stored once.
  assert.deepEqual((await courier.deliver(results, NEVER)).map(({ verdict }) => verdict), [
    "accept",
    "accept",
    "accept",
  ]);
  const data = await (await fetch("http://recorder/ping-data", {})).json();
  assert.deepEqual(
    data.map((
      { ip, device, pings }: { ip: string; device: string; pings: { latency_ms: number | null; timestamp: string }[] },
    ) => ({ ip, device, pings })),
    [
      {
        ip: "192.0.2.1",
        device: "192.0.2.1",
        pings: [{ latency_ms: 0.123, timestamp: new Date(now - 5000).toISOString() }],
      },
      { ip: "192.0.2.2", device: "gate", pings: [{ latency_ms: null, timestamp: new Date(now - 4999).toISOString() }] },
      {
        ip: "2001:db8::1",
        device: "2001:db8::1",
        pings: [{ latency_ms: null, timestamp: new Date(now - 4998).toISOString() }],
      },
    ],
  );
  await store.close();
});

Deno.test("recorder API registers in the middle of a batch whom a wiped recorder no longer knows", async () => {
  const before = ours();
  const after = ours();
  let fetch = before.fetch;
  const { courier } = api("http://recorder", { fetch: (url, init) => fetch(url, init) });
  await courier.connect(NEVER);
  fetch = after.fetch;
  const results = [REPLY, LOST].map((result, index) => ({ ...result, at: Date.now() - index }));
  assert.deepEqual((await courier.deliver(results, NEVER)).map(({ verdict }) => verdict), ["accept", "accept"]);
  assert.equal((await after.store.listSeries()).length, 2);
  await before.store.close();
  await after.store.close();
});

/** A recorder of the extended contract whose answers to batches a test chooses. */
function extended(batch: (results: readonly Record<string, unknown>[]) => Response) {
  return startTestRecorder((request) => {
    const response = request.path.startsWith("/record-pings/")
      ? batch((request.body as { results: Record<string, unknown>[] }).results)
      : plainAnswer(request);
    response.headers.set("ping-recorder", "1");
    return response;
  });
}

const taken = (count: number) => Response.json({ accepted: count, duplicates: 0, rejected: [] });

Deno.test("recorder API halves a batch that is too large, until it fits, and remembers the size", async () => {
  const sizes: number[] = [];
  const recorder = extended((results) => {
    sizes.push(results.length);
    return results.length > 3 ? new Response(null, { status: 413 }) : taken(results.length);
  });
  const { courier } = api(recorder.url);
  await courier.connect(NEVER);
  const results = Array.from({ length: 10 }, (_, n) => ({ ...REPLY, at: REPLY.at + n }));
  const verdicts = await courier.deliver(results, NEVER);
  assert.ok(verdicts.every(({ verdict }) => verdict === "accept") && verdicts.length === 10);
  assert.deepEqual(sizes, [10, 5, 3, 2, 5, 3, 2]);
  assert.equal(courier.maxBatch, 3);
  await recorder.close();
});

Deno.test("recorder API finds the one result that spoils a batch", async () => {
  const recorder = extended((results) =>
    results.some(({ ip }) => ip === "192.0.2.2")
      ? Response.json({ detail: "bad" }, { status: 400 })
      : taken(results.length)
  );
  const { courier } = api(recorder.url);
  await courier.connect(NEVER);
  const verdicts = await courier.deliver([REPLY, LOST, FAILED], NEVER);
  assert.deepEqual(verdicts, [{ verdict: "accept" }, { verdict: "reject", reason: "it answers 400: bad" }, {
    verdict: "accept",
  }]);
  await recorder.close();
});

Deno.test("recorder API drops only what a batch answer rejects", async () => {
  const recorder = extended(() =>
    Response.json({ accepted: 1, duplicates: 1, rejected: [{ index: 1, reason: "too old" }] })
  );
  const { courier } = api(recorder.url);
  await courier.connect(NEVER);
  const verdicts = await courier.deliver([REPLY, LOST, FAILED], NEVER);
  assert.deepEqual(verdicts, [{ verdict: "accept" }, { verdict: "reject", reason: "too old" }, { verdict: "accept" }]);
  await recorder.close();
});

for (
  const [what, answer] of [
    ["a page", () => new Response("<html>")],
    ["figures that do not add up", () => taken(1)],
    ["nothing", () => new Response(null, { status: 204 })],
    ["404, as a plain recorder would", () => new Response(null, { status: 404 })],
  ] as const
) {
  Deno.test(`recorder API keeps a batch that is answered with ${what}`, async () => {
    const recorder = extended(answer);
    const { courier } = api(recorder.url);
    await courier.connect(NEVER);
    const verdicts = await courier.deliver([REPLY, LOST], NEVER);
    assert.deepEqual(verdicts.map(({ verdict }) => verdict), ["keep", "keep"]);
    await recorder.close();
  });
}
