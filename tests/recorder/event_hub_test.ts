import assert from "node:assert/strict";
import { EventHub, type EventHubOptions } from "../../lib/recorder/event_hub.ts";
import { createMemoryFeed, type LiveResult } from "../../lib/recorder/live.ts";
import type { Series } from "../../lib/recorder/store.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { problem, setUpApi } from "./api.ts";

const SERIES: Series[] = [
  { id: 1, client: "c", ip: "a", name: "shown", createdAtMs: 0 },
  { id: 2, client: "d", ip: "a", createdAtMs: 0 },
];

function setUp(options: Partial<EventHubOptions> = {}) {
  const clock = new FakeClock();
  const feed = createMemoryFeed();
  let reads = 0;
  const store = {
    listSeries() {
      reads++;
      return Promise.resolve(SERIES);
    },
  };
  const hub = new EventHub({ feed, store, clock, log: silentLog, ...options });
  return { clock, feed, hub, reads: () => reads };
}

/** Reads a stream in the background. */
function listen(stream: ReadableStream<Uint8Array> | undefined) {
  assert.ok(stream);
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const heard = { text: "", ended: false, failed: false, stop: () => reader.cancel() };
  (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      heard.text += decoder.decode(value);
    }
    heard.ended = true;
  })().catch(() => heard.failed = true);
  return heard;
}

function result(over: Partial<LiveResult> = {}): LiveResult {
  return { client: "c", ip: "a", atMs: 1000, latencyMs: 1.5, ...over };
}

function results(text: string): unknown[] {
  return [...text.matchAll(/event: results\ndata: (.*)\n\n/g)].map(([, json = ""]) => JSON.parse(json));
}

Deno.test("EventHub gathers what comes within 500 ms into one event, with ids and shown names", async () => {
  const { clock, feed, hub, reads } = setUp();
  const heard = listen(hub.subscribe());
  feed.publish({ kind: "results", results: [result({ name: "sent" })] });
  await clock.advance(499);
  assert.equal(heard.text, "retry: 2000\n\n");
  feed.publish({ kind: "results", results: [result({ client: "d", latencyMs: null, cause: "timeout" })] });
  feed.publish({ kind: "results", results: [result({ client: "unknown" })] });
  await clock.advance(1);
  assert.deepEqual(results(heard.text), [[
    { id: 1, time: "1970-01-01T00:00:01.000Z", client: "c", ip: "a", name: "shown", latency_ms: 1.5 },
    { id: 2, time: "1970-01-01T00:00:01.000Z", client: "d", ip: "a", latency_ms: null, cause: "timeout" },
  ]]);
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(500);
  assert.equal(results(heard.text).length, 2);
  assert.equal(reads(), 1, "the list of series is read once");
  hub.close();
  await settle();
  assert.ok(heard.ended);
});

Deno.test("EventHub gives each page only the client it asked for", async () => {
  const { clock, feed, hub } = setUp();
  const only = listen(hub.subscribe({ client: "d" }));
  const other = listen(hub.subscribe({ client: "nobody" }));
  feed.publish({ kind: "results", results: [result(), result({ client: "d" })] });
  await clock.advance(500);
  assert.deepEqual(results(only.text).flat().map((each) => (each as { id: number }).id), [2]);
  assert.deepEqual(results(other.text), []);
  hub.close();
});

Deno.test("EventHub tells that the targets changed, once for many changes, and reads them anew", async () => {
  const { clock, feed, hub, reads } = setUp();
  const heard = listen(hub.subscribe());
  feed.publish({ kind: "targets" });
  feed.publish({ kind: "targets" });
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(500);
  assert.equal(heard.text.match(/event: targets\ndata: \{\}\n\n/g)?.length, 1);
  feed.publish({ kind: "targets" });
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(500);
  assert.equal(reads(), 2);
  hub.close();
});

Deno.test("EventHub beats every 15 s on a quiet line", async () => {
  const { clock, hub } = setUp();
  const heard = listen(hub.subscribe());
  await clock.advance(14_999);
  assert.equal(heard.text, "retry: 2000\n\n");
  await clock.advance(15_001);
  assert.equal(heard.text, "retry: 2000\n\n: still here\n\n: still here\n\n");
  hub.close();
});

Deno.test("EventHub cuts off a page that does not read, and goes on for the others", async () => {
  const { clock, feed, hub } = setUp({ maxWaitingBytes: 1000 });
  const slow = hub.subscribe();
  const quick = listen(hub.subscribe());
  for (let tick = 0; tick < 20; tick++) {
    feed.publish({ kind: "results", results: Array.from({ length: 5 }, () => result()) });
    await clock.advance(500);
  }
  assert.equal(hub.size, 1);
  assert.equal(results(quick.text).length, 20);
  await assert.rejects(async () => {
    for await (const _ of slow ?? []);
  }, { message: "too slow" });
  hub.close();
});

Deno.test("EventHub keeps a bounded number of results and says how many it left out", async () => {
  const { clock, feed, hub } = setUp({ maxResults: 10 });
  const heard = listen(hub.subscribe());
  feed.publish({ kind: "results", results: Array.from({ length: 25 }, (_, i) => result({ atMs: i })) });
  await clock.advance(500);
  assert.match(heard.text, /event: missed\ndata: \{"count":15\}\n\n/);
  const [sent = []] = results(heard.text) as { time: string }[][];
  assert.deepEqual([sent.length, sent[0]?.time], [10, "1970-01-01T00:00:00.015Z"]);
  hub.close();
});

Deno.test("EventHub takes no more pages than it may, and works for nobody at no cost", async () => {
  const { clock, feed, hub, reads } = setUp({ maxSubscribers: 2 });
  const first = listen(hub.subscribe());
  listen(hub.subscribe());
  assert.equal(hub.subscribe(), undefined);
  await first.stop();
  assert.equal(hub.size, 1);
  const again = listen(hub.subscribe());
  await again.stop();
  hub.close();
  await settle();
  assert.equal(clock.sleeping, 0, "no timer is left");
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(10_000);
  assert.equal(reads(), 0);
  assert.equal(hub.subscribe(), undefined, "closed");
});

Deno.test("EventHub goes on after the store failed", async () => {
  let broken = true;
  const store = { listSeries: () => broken ? Promise.reject(new Error("away")) : Promise.resolve(SERIES) };
  const { clock, feed, hub } = setUp({ store });
  const heard = listen(hub.subscribe());
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(500);
  broken = false;
  feed.publish({ kind: "results", results: [result()] });
  await clock.advance(500);
  assert.equal(results(heard.text).length, 1);
  hub.close();
});

Deno.test("app streams what it stores to /events, and no duplicate or refused result", async () => {
  const { clock, get, post, send, close } = setUpApi();
  await post("/ips", { ip: "a", client: "c" });
  const answer = await get("/events?client=c");
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const heard = listen(answer.body ?? undefined);
  const at = clock.now() - 5;
  await post("/record-ping/c", { ip: "a", latency_ms: 2 });
  await post("/record-pings/c", {
    results: [{ ip: "a", latency_ms: 3, at, name: "n" }, { ip: "a", latency_ms: 3, at }, {
      ip: "x",
      latency_ms: 3,
      at,
    }],
  });
  await post("/record-ping/c", { ip: "a", latency_ms: 3, at });
  await clock.advance(500);
  const sent = results(heard.text).flat() as { latency_ms: number; time: string; name: string }[];
  assert.deepEqual(sent.map(({ latency_ms }) => latency_ms), [2, 3]);
  assert.equal(sent[1]?.time, new Date(at).toISOString());
  assert.equal(sent[1]?.name, "n");
  await post("/ips", { ip: "b", client: "c" });
  await clock.advance(500);
  await send("PATCH", "/ips/1", { name: "renamed" });
  await clock.advance(500);
  await send("DELETE", "/ips/1");
  await clock.advance(500);
  assert.equal(heard.text.match(/event: targets/g)?.length, 3);
  await close();
  await settle();
  assert.ok(heard.ended);
});

Deno.test("app refuses more listeners than it may with 503", async () => {
  const { get, close } = setUpApi({ maxSubscribers: 1 });
  const first = await get("/events");
  const refused = get("/events");
  await problem(refused, 503);
  assert.equal((await refused).headers.get("retry-after"), "30");
  await first.body?.cancel();
  const next = await get("/events");
  assert.equal(next.status, 200);
  await close();
});
