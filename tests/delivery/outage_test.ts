import assert from "node:assert/strict";
import { startProcess } from "../process.ts";

const RESULTS = 2_160_000;
const TARGETS = 100;
/** As the compiled binary carries it: without it V8 lets 70 MB of garbage gather before it sweeps. */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

/** A recorder of the extended contract that keeps only what the test asks: each target's times, in order of arrival. */
function countingRecorder(port: number) {
  const times = new Map<string, number[]>();
  const wrong: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async (request) => {
    const headers = { "ping-recorder": "1" };
    if (request.method === "GET") return Response.json([], { headers });
    const { results } = await request.json();
    if (results === undefined) return new Response(null, { status: 201, headers });
    for (const { ip, at, latency_ms, cause } of results) {
      const list = times.get(ip) ?? [];
      times.set(ip, list);
      const time = Date.parse(at);
      if (time <= (list.at(-1) ?? 0)) wrong.push(`${ip} ${at} came after a later one, or twice`);
      if (latency_ms === null !== (cause === "timeout")) wrong.push(`${ip} ${at}: ${latency_ms} ${cause}`);
      list.push(time);
    }
    return Response.json({ accepted: results.length, duplicates: 0, rejected: [] }, { headers });
  });
  return { times, wrong, close: () => server.shutdown() };
}

Deno.test("client keeps 6 hours of 100 results a second on disk and delivers each once, in order, with its own time", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const folder = await Deno.makeTempDir();
  try {
    const script = new URL("outage_child.ts", import.meta.url).pathname;
    const url = `http://127.0.0.1:${port}`;
    const child = startProcess([
      Deno.execPath(),
      "run",
      "-A",
      V8_FLAGS,
      "--no-check",
      script,
      url,
      `${folder}/spool.db`,
      String(RESULTS),
      String(TARGETS),
    ]);
    const [, waiting] = await child.until(/outage over: (\d+) wait/, 180_000);
    assert.equal(Number(waiting), RESULTS);
    const recorder = countingRecorder(port);
    const { code, output } = await child.ended;
    await recorder.close();
    assert.equal(code, 0, output);
    const { peakKb, ...summary } = JSON.parse(/summary (.*)/.exec(output)?.[1] ?? "{}");
    const books = { measured: RESULTS, delivered: RESULTS, waiting: 0, rejected: 0, dropped: 0 };
    assert.deepEqual(summary, { ...books, lost: RESULTS / 50, failed: 0, carried: 0 });
    assert.deepEqual(recorder.wrong, []);
    assert.equal(recorder.times.size, TARGETS);
    for (const [ip, times] of recorder.times) {
      assert.equal(times.length, RESULTS / TARGETS, ip);
      assert.ok(
        times.every((time, n) => n === 0 || time - (times[n - 1] ?? 0) === TARGETS * 10),
        `${ip} has its own times`,
      );
    }
    assert.ok(peakKb < 1150_000, `${peakKb} kB at its peak`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
