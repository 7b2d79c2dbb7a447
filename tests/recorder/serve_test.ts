import assert from "node:assert/strict";
import { CannotListenError, type ServeOptions, serveRecorder, type Serving } from "../../lib/recorder/serve.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import type { Store } from "../../lib/recorder/store.ts";
import { parseTokens } from "../../lib/recorder/tokens.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { eventually } from "../process.ts";

const FIXTURES = new URL("../fixtures/tls/", import.meta.url);

/** Serves on a free port of the loopback while `body` runs. */
async function serving(
  body: (
    server: Serving & { readonly base: string; readonly store: Store; readonly stop: () => void },
  ) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const store = options.store ?? openSqliteStore();
  const stop = new AbortController();
  const server = serveRecorder({ port: 0, ...options, store, signal: stop.signal });
  const base = `http://127.0.0.1:${server.port}`;
  try {
    await body({ ...server, base, store, stop: () => stop.abort() });
  } finally {
    stop.abort();
    await server.finished;
    await store.close();
  }
}

/** Sends bytes as they are, and reads what comes until `enough` or the end. */
async function raw(port: number, text: string, enough: RegExp = /(?!)/): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await connection.write(new TextEncoder().encode(text));
    const buffer = new Uint8Array(65_536);
    let heard = "";
    while (!enough.test(heard)) {
      const size = await connection.read(buffer);
      if (size === null) break;
      heard += new TextDecoder().decode(buffer.subarray(0, size));
    }
    return heard;
  } finally {
    connection.close();
  }
}

Deno.test("serveRecorder listens on the loopback until it is told to stop", async () => {
  let address = "";
  await serving(async ({ hostname, port, base }) => {
    assert.equal(hostname, "127.0.0.1");
    assert.notEqual(port, 0);
    const posted = await fetch(`${base}/ips`, { method: "POST", body: '{"ip":"::1","client":"c"}' });
    assert.equal(posted.status, 201);
    await posted.body?.cancel();
    const [listed] = await (await fetch(`${base}/ips`)).json();
    assert.equal(listed.ip, "::1");
    address = base;
  });
  await assert.rejects(fetch(address), TypeError);
});

Deno.test("serveRecorder lets the sender of a body that is too large see the answer", async () => {
  await serving(async ({ base }) => {
    const chunk = new Uint8Array(65_536);
    for (const body of [new Uint8Array(3_000_000), ReadableStream.from(Array(40).fill(chunk))]) {
      const answer = await fetch(`${base}/ips`, { method: "POST", body });
      assert.equal(answer.status, 413);
      assert.equal(answer.headers.get("ping-recorder"), "1");
      await answer.body?.cancel();
    }
  });
});

Deno.test("serveRecorder answers 408 where a body does not come on", async () => {
  const clock = new FakeClock();
  await serving(async ({ port }) => {
    const head = "POST /ips HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    const heard = raw(port, head, /too slowly/);
    // The maintenance sleeps, too.
    await eventually(() => Promise.resolve(clock.sleeping === 2 ? true : undefined));
    await clock.advance(30_000);
    assert.match(await heard, /^HTTP\/1\.1 408 /);
  }, { clock });
});

Deno.test("serveRecorder says why it can't listen", async () => {
  await serving(({ port, store }) => {
    const cases: [hostname: string, port: number, reason: string, inUse: boolean][] = [
      ["127.0.0.1", port, "the address is already in use", true],
      ["203.0.113.7", 0, "the address is not one of this machine", false],
      ["nothing.invalid", 0, "the host name has no address", false],
    ];
    for (const [hostname, port, reason, inUse] of cases) {
      assert.throws(() => serveRecorder({ hostname, port, store }), (error: unknown) => {
        assert.ok(error instanceof CannotListenError);
        assert.equal(error.inUse, inUse);
        assert.equal(error.message, `Cannot listen on ${hostname} port ${port}: ${reason}`);
        return true;
      });
    }
    return Promise.resolve();
  });
});

Deno.test("serveRecorder on the loopback answers no page whose host name was pointed there", async () => {
  const ask = (port: number, host: string) =>
    raw(port, `GET /ips HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  await serving(async ({ port }) => {
    for (const host of [`localhost:${port}`, "127.0.0.1", "[::1]"]) {
      assert.match(await ask(port, host), /^HTTP\/1\.1 200 /);
    }
    assert.match(await ask(port, "rebound.example"), /^HTTP\/1\.1 403 [^]*host name/);
  });
  const open = [{ hostname: "0.0.0.0" }, { readTokens: parseTokens("t") }, { writeTokens: parseTokens("t") }];
  for (const options of open) {
    await serving(async ({ port }) => assert.doesNotMatch(await ask(port, "recorder.example"), / 403 /), options);
  }
});

Deno.test("serveRecorder speaks HTTPS with a certificate", async () => {
  const [cert, key] = await Promise.all(
    ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(new URL(name, FIXTURES))),
  );
  const client = Deno.createHttpClient({ caCerts: [String(cert)] });
  await serving(async ({ port }) => {
    const answer = await fetch(`https://localhost:${port}/healthz`, { client });
    assert.equal((await answer.json()).status, "ok");
  }, { tls: { cert: String(cert), key: String(key) } });
  client.close();
});

/** A store with some of its methods replaced. */
function over(real: Store, methods: Partial<Store>): Store {
  return new Proxy(real, {
    get(target, key: keyof Store) {
      return methods[key] ?? target[key].bind(target);
    },
  });
}

/** A store whose `add` waits until the test lets it go on. */
function heldStore(): { store: Store; added: Promise<void>; go: () => void } {
  const real = openSqliteStore();
  const added = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const store = over(real, {
    async add(results) {
      added.resolve();
      await held.promise;
      return await real.add(results);
    },
  });
  return { store, added: added.promise, go: held.resolve };
}

Deno.test("serveRecorder that is told to stop finishes what is under way and takes nothing new", async () => {
  const { store, added, go } = heldStore();
  await store.register({ ip: "a", client: "c" });
  await serving(async ({ base, stop, finished }) => {
    const posted = fetch(`${base}/record-ping/c`, { method: "POST", body: '{"ip":"a","latency_ms":1}' });
    await added;
    stop();
    const refused = await fetch(`${base}/ips`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(refused.headers.get("ping-recorder"), "1");
    await refused.body?.cancel();
    go();
    assert.equal((await posted).status, 201);
    assert.deepEqual(await (await posted).json(), { status: "accepted" });
    await finished;
  }, { store });
});

Deno.test("serveRecorder that is told to stop waits 2 s at most", async () => {
  const clock = new FakeClock();
  const { store, added, go } = heldStore();
  await store.register({ ip: "a", client: "c" });
  await serving(async ({ base, stop, finished }) => {
    const posted = fetch(`${base}/record-ping/c`, { method: "POST", body: '{"ip":"a","latency_ms":1}' });
    const broken = assert.rejects(posted, TypeError);
    await added;
    stop();
    let over = false;
    finished.then(() => over = true);
    await clock.advance(1999);
    assert.ok(!over);
    await clock.advance(1);
    await finished;
    await broken;
    go();
    await settle();
  }, { store, clock });
  assert.equal(clock.sleeping, 0);
});

Deno.test("serveRecorder that is told to stop ends /events and closes idle connections", async () => {
  await serving(async ({ base, stop, finished }) => {
    const idle = await fetch(`${base}/healthz`);
    await idle.body?.cancel();
    const events = await fetch(`${base}/events`);
    const reader = events.body?.getReader();
    await reader?.read();
    stop();
    assert.equal((await reader?.read())?.done, true);
    await finished;
  });
});

Deno.test("serveRecorder cuts off a reader of an export that takes nothing for 30 s", async () => {
  const clock = new FakeClock();
  const series = { id: 1, client: "c", ip: "a", createdAtMs: 0 };
  let blocks = 0;
  let ended = false;
  async function* endless() {
    try {
      for (;; blocks++) yield await Promise.resolve({ series, pings: Array(1000).fill({ atMs: 1, latencyMs: 1 }) });
    } finally {
      ended = true;
    }
  }
  const store = over(openSqliteStore({ clock }), { exportRows: endless });
  await serving(async ({ port }) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET /export.csv HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    let before = -1;
    let still = 0;
    await eventually(() => {
      still = blocks === before && blocks > 0 ? still + 1 : 0;
      before = blocks;
      return Promise.resolve(still === 4 ? true : undefined);
    });
    assert.ok(!ended);
    await clock.advance(30_000);
    assert.ok(ended);
    assert.equal(clock.sleeping, 1, "only the maintenance");
    // What was sent is still there to be read; then the line ends in the middle.
    let last = "";
    for await (const chunk of connection.readable) last = new TextDecoder().decode(chunk);
    assert.doesNotMatch(last, /\r\n0\r\n\r\n$/);
  }, { store, clock });
});

Deno.test("serveRecorder tidies the store up every minute, and goes on when that fails", async () => {
  const clock = new FakeClock();
  const real = openSqliteStore({ clock });
  const times: number[] = [];
  const store = over(real, {
    maintain({ nowMs }) {
      times.push(nowMs - Date.UTC(2026, 0, 1));
      return times.length === 1 ? Promise.reject(new Error("disk full")) : Promise.resolve();
    },
  });
  await serving(async () => {
    await clock.advance(180_000);
    assert.deepEqual(times, [60_000, 120_000, 180_000]);
  }, { store, clock });
  assert.equal(clock.sleeping, 0);
});
