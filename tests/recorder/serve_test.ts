import assert from "node:assert/strict";
import { AddressInUseError, serveRecorder } from "../../lib/recorder/serve.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";

Deno.test("serveRecorder listens on the loopback until it is told to stop", async () => {
  const store = openSqliteStore();
  const stop = new AbortController();
  const { hostname, port, finished } = serveRecorder({ port: 0, store, signal: stop.signal });
  assert.equal(hostname, "127.0.0.1");
  assert.notEqual(port, 0);
  const base = `http://127.0.0.1:${port}`;
  const posted = await fetch(`${base}/ips`, { method: "POST", body: '{"ip":"::1","client":"c"}' });
  assert.equal(posted.status, 201);
  await posted.body?.cancel();
  const [listed] = await (await fetch(`${base}/ips`)).json();
  assert.equal(listed.ip, "::1");
  stop.abort();
  await finished;
  await assert.rejects(fetch(base), TypeError);
  await store.close();
});

Deno.test("serveRecorder lets the sender of a body that is too large see the answer", async () => {
  const store = openSqliteStore();
  const stop = new AbortController();
  const { port, finished } = serveRecorder({ port: 0, store, signal: stop.signal });
  const chunk = new Uint8Array(65_536);
  for (const body of [new Uint8Array(3_000_000), ReadableStream.from(Array(40).fill(chunk))]) {
    const answer = await fetch(`http://127.0.0.1:${port}/ips`, { method: "POST", body });
    assert.equal(answer.status, 413);
    assert.equal(answer.headers.get("ping-recorder"), "1");
    await answer.body?.cancel();
  }
  stop.abort();
  await finished;
  await store.close();
});

Deno.test("serveRecorder says by its class that the address is taken", async () => {
  const store = openSqliteStore();
  const stop = new AbortController();
  const { port, finished } = serveRecorder({ port: 0, store, signal: stop.signal });
  assert.throws(() => serveRecorder({ port, store }), (error: unknown) => {
    assert.ok(error instanceof AddressInUseError);
    assert.equal(error.port, port);
    assert.equal(error.message, `Cannot listen on 127.0.0.1 port ${port}: the address is already in use`);
    return true;
  });
  stop.abort();
  await finished;
  await store.close();
});
