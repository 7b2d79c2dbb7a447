import assert from "node:assert/strict";
import { type ClientOptions, runClient } from "../lib/client.ts";
import { systemClock } from "../lib/clock.ts";
import type { Summary } from "../lib/ledger.ts";
import type { Engine } from "../lib/engine.ts";
import { createMemoryOutbox } from "../lib/outbox/memory.ts";
import { createRecorderApi } from "../lib/recorder_api.ts";
import type { PingResult } from "../lib/result.ts";
import type { Target } from "../lib/target.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { memoryLog } from "./memory_log.ts";
import { plainAnswer, say, startRawServer, startTestRecorder } from "./misbehaving_recorder.ts";
import { testConfig } from "./test_config.ts";

const TARGETS: readonly Target[] = [{ host: "192.0.2.1", family: "any" }, {
  host: "192.0.2.2",
  name: "gate",
  family: "any",
}];

/** An engine that gives these results at once, then waits to be stopped or ends, and says when it was asked for more. */
function scripted(results: readonly PingResult[], until?: Promise<unknown>): Engine {
  return {
    name: "scripted",
    watch: () => ({
      update() {},
      async *[Symbol.asyncIterator]() {
        yield* results;
        await until;
      },
    }),
  };
}

function rounds(count: number): PingResult[] {
  return Array.from({ length: count }, (_, n): PingResult => {
    const at = 1_700_000_000_000 + n;
    if (n % 5 === 3) return { outcome: "lost", host: "192.0.2.2", name: "gate", at, cause: "timeout" };
    return n % 5 === 4
      ? { outcome: "failed", host: "192.0.2.1", at, cause: "overload" }
      : { outcome: "reply", host: "192.0.2.1", at, rttMs: n };
  });
}

async function run(
  url: string,
  options: Partial<ClientOptions> & { timeoutMs?: number } = {},
): Promise<{ summary: Summary; lines: string[] }> {
  const { log, lines } = memoryLog();
  const { timeoutMs = 10_000, ...rest } = options;
  const summary = await runClient({
    config: testConfig(url),
    targets: TARGETS,
    engine: scripted(rounds(10)),
    outbox: createMemoryOutbox(),
    courier: createRecorderApi({ url, client: "client1", targets: () => TARGETS, clock: systemClock, log, timeoutMs }),
    clock: systemClock,
    log,
    signal: new AbortController().signal,
    random: () => 0.02,
    drainMs: 200,
    ...rest,
  });
  const { measured, delivered, waiting, rejected, dropped } = summary;
  assert.equal(measured, delivered + waiting + rejected + dropped, "the figures must add up");
  return { summary, lines };
}

Deno.test("client measures, delivers and counts", async () => {
  const recorder = startTestRecorder();
  const { summary, lines } = await run(recorder.url, { drainMs: 5000 });
  assert.deepEqual(summary, {
    measured: 10,
    delivered: 10,
    waiting: 0,
    rejected: 0,
    dropped: 0,
    lost: 2,
    failed: 2,
    carried: 0,
  });
  assert.ok(lines.includes("info sent 192.0.2.1 0 ms"));
  assert.ok(lines.includes("warn lost gate (192.0.2.2) (timeout)"));
  assert.ok(lines.includes("warn failed 192.0.2.1 (overload)"));
  await recorder.close();
});

Deno.test("client with nobody to deliver to measures all the same", async () => {
  const { log } = memoryLog();
  const summary = await runClient({
    config: testConfig("", { drainRate: 0 }),
    targets: TARGETS,
    engine: scripted(rounds(5)),
    outbox: createMemoryOutbox(),
    clock: systemClock,
    log,
    signal: new AbortController().signal,
  });
  assert.equal(summary.measured, 5);
});

/** How recorders misbehave over HTTP; each must cost one line and no result. */
const BAD_ANSWERS: Record<string, () => Response> = {
  "500": () => new Response("oops", { status: 500 }),
  "429 without Retry-After": () => new Response(null, { status: 429 }),
  "503 with Retry-After": () => new Response(null, { status: 503, headers: { "retry-after": "0" } }),
  "401": () => new Response(null, { status: 401 }),
  "garbage": () => new Response("\u0000\u0001 not json {", { headers: { "content-type": "application/json" } }),
  "a page": () => new Response("<html><body>welcome</body></html>", { headers: { "content-type": "text/html" } }),
  "a redirect to itself": () => new Response(null, { status: 302, headers: { location: "/ips" } }),
};

for (const [what, bad] of Object.entries(BAD_ANSWERS)) {
  Deno.test(`client says once that the recorder answers with ${what}, once that it is over, and loses nothing`, async () => {
    const recorder = startTestRecorder(bad);
    const mended = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    recorder.answer = () => {
      if (recorder.seen.length >= 4) mended.resolve();
      return bad();
    };
    const running = run(recorder.url, { engine: scripted(rounds(10), done.promise), drainMs: 5000 });
    await mended.promise;
    recorder.answer = plainAnswer;
    done.resolve();
    const { summary, lines } = await running;
    assert.equal(summary.delivered, 10);
    assert.equal(lines.filter((line) => /recorder away/.test(line)).length, 1, lines.join("\n"));
    assert.equal(lines.filter((line) => /recorder back/.test(line)).length, 1, lines.join("\n"));
    await recorder.close();
  });
}

Deno.test("client gives up what a recorder refuses to take as null, says so once, and delivers the rest", async () => {
  const recorder = startTestRecorder((request) =>
    (request.body as { latency_ms?: unknown } | undefined)?.latency_ms === null
      ? Response.json({ error: "latency_ms must be a number" }, { status: 400 })
      : plainAnswer(request)
  );
  const { summary, lines } = await run(recorder.url, { drainMs: 5000 });
  assert.deepEqual([summary.delivered, summary.rejected], [6, 4]);
  assert.equal(lines.filter((line) => /refuses a result/.test(line)).length, 1);
  await recorder.close();
});

const RAW: Record<string, (connection: Deno.TcpConn, request: string) => Promise<void> | void> = {
  "never answers": () => {},
  "closes every connection": (connection) => connection.close(),
  "answers half a head": async (connection) => {
    await say(connection, "HTTP/1.1 200 OK\r\nContent-Le");
    connection.close();
  },
  "answers half a body": async (connection) => {
    await say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
    connection.close();
  },
  "drips": async (connection) =>
    await say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"),
  "speaks another protocol": async (connection) => await say(connection, "220 mail ready\r\n"),
};

for (const [what, talk] of Object.entries(RAW)) {
  Deno.test(`client keeps every result while the recorder ${what}, and says so once`, async () => {
    const server = startRawServer(talk);
    const { summary, lines } = await run(server.url, { timeoutMs: 100 });
    assert.deepEqual([summary.measured, summary.waiting], [10, 10]);
    assert.equal(lines.filter((line) => /recorder away/.test(line)).length, 1, lines.join("\n"));
    assert.ok(server.connections() > 0);
    await server.close();
  });
}

Deno.test("client keeps every result while nothing listens there", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const { summary, lines } = await run(`http://127.0.0.1:${port}`);
  assert.equal(summary.waiting, 10);
  assert.match(lines.find((line) => /recorder away/.test(line)) ?? "", /connection refused/);
});

Deno.test("client's queue stays bounded while the recorder is away", async () => {
  const { summary } = await run("http://127.0.0.1:9", {
    outbox: createMemoryOutbox({ maxResults: 3 }),
    engine: scripted(rounds(1000)),
  });
  assert.deepEqual([summary.measured, summary.waiting, summary.dropped], [1000, 3, 997]);
});

Deno.test("client gives its books each hour and counts what an earlier run had left", async () => {
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const outbox = createMemoryOutbox();
  for (const result of rounds(3)) outbox.push(result);
  const done = Promise.withResolvers<void>();
  const running = runClient({
    config: testConfig("", { drainRate: 0 }),
    targets: TARGETS,
    engine: scripted(rounds(5), done.promise),
    outbox,
    clock,
    log,
    signal: new AbortController().signal,
  });
  await settle();
  await clock.advance(2 * 3_600_000);
  const hourly = lines.filter((line) => /so far/.test(line));
  const books =
    "8 measured (1 lost, 1 failed, 3 left by an earlier run), 0 delivered, 8 waiting, 0 rejected, 0 dropped";
  assert.deepEqual(hourly, [`info so far: ${books}`, `info so far: ${books}`]);
  done.resolve();
  assert.equal((await running).measured, 8);
});
