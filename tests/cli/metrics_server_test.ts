import assert from "node:assert/strict";
import { startTestRecorder } from "../misbehaving_recorder.ts";
import { eventually, fromSource, startProcess } from "../process.ts";
import { HAS_PROMETHEUS, promtool, valueOf } from "../prometheus.ts";

const METRICS = ["--metrics", "127.0.0.1:0", "--interval", "0.2", "--timeout", "0.2", "me=127.0.0.1"];

Deno.test("client shows metrics and health where --metrics says, with the permissions of the start task", async () => {
  const recorder = startTestRecorder();
  const client = startProcess(fromSource("--recorder", recorder.url, ...METRICS));
  try {
    const [, url = ""] = await client.until(/metrics are at (http:\/\/127\.0\.0\.1:\d+)\/metrics/);
    const get = async (path: string) => {
      const response = await fetch(url + path);
      return { status: response.status, text: await response.text() };
    };
    const delivered = () => recorder.seen.filter(({ path }) => path.startsWith("/record-ping/")).length;
    await eventually(() => Promise.resolve(delivered() >= 5 ? true : undefined));
    const { text } = await get("/metrics");
    const me = { target: "127.0.0.1", name: "me", client: "client1" };
    const sent = valueOf(text, "ping_client_pings_sent_total", me) ?? NaN;
    assert.ok(sent >= 5 && sent <= delivered() + 1, `${sent} sent`);
    assert.equal(valueOf(text, "ping_client_rtt_seconds_count", me), sent);
    assert.ok((valueOf(text, "ping_client_results_delivered_total") ?? 0) >= 4);
    assert.ok((valueOf(text, "ping_client_schedule_lateness_seconds_count") ?? 0) >= sent);
    if (HAS_PROMETHEUS) assert.equal(await promtool(["check", "metrics"], text), "");

    assert.equal((await get("/healthz")).status, 200);
    assert.deepEqual(await get("/readyz"), { status: 200, text: '{"status":"ready"}' });
    recorder.answer = () => new Response(null, { status: 503 });
    const not = await eventually(async () => {
      const ready = await get("/readyz");
      return ready.status === 503 ? ready : undefined;
    });
    assert.equal(not.text, '{"status":"not ready","reasons":["recorder away: it answers 503"]}');
    assert.equal((await get("/healthz")).status, 200);
  } finally {
    client.kill("SIGINT");
    assert.equal((await client.ended).code, 0);
    await recorder.close();
  }
});

Deno.test("client says in one line that it can't show metrics where another program listens, and stops", async () => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  try {
    const client = startProcess(
      fromSource("--recorder", "http://127.0.0.1:9", "--metrics", `127.0.0.1:${port}`, "::1"),
    );
    const { code, output } = await client.ended;
    assert.equal(code, 4);
    assert.match(output, new RegExp(`ping-client: Cannot listen on 127\\.0\\.0\\.1 port ${port}: .*in use[^\\n]*\\n$`));
  } finally {
    other.close();
  }
});

Deno.test("client says in one line that --metrics is no address", async () => {
  const { code, output } = await startProcess(fromSource("--metrics", "nowhere", "127.0.0.1")).ended;
  assert.equal(code, 2);
  assert.match(output, /ping-client: option --metrics must be ADDR:PORT .*: it is 'nowhere'\n$/);
});
