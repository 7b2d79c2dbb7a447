import assert from "node:assert/strict";
import { createNetwork, type Network, whyNoNetwork } from "./network.ts";
import { eventually, fromSource, startProcess } from "./process.ts";
import { say } from "./say.ts";

const reason = await whyNoNetwork();
if (reason !== undefined) {
  say(`skipped: tests of the embedded recorder, which need a network of their own: ${reason}`);
}

/** Reads a URL from inside the network: port 5001 is the same for everybody, so each test has its own loopback. */
async function get(inside: readonly string[], url: string): Promise<string | undefined> {
  const program = `const r = await fetch(${JSON.stringify(url)}); console.log(await r.text()); Deno.exit(r.ok ? 0 : 1)`;
  const { code, output } = await startProcess([...inside, Deno.execPath(), "eval", "--no-check", program]).ended;
  return code === 0 ? output : undefined;
}

function embeddedTest(name: string, body: (inside: readonly string[], network: Network) => Promise<void>): void {
  Deno.test({
    name: `embedded recorder ${name}`,
    ignore: reason !== undefined,
    async fn() {
      await using network = await createNetwork();
      await body(network.inside, network);
    },
  });
}

embeddedTest(
  "is there from the first command on: list, history and page show 127.0.0.1 for client1",
  async (inside) => {
    const client = startProcess([...inside, ...fromSource()]);
    await client.until(/hosting one; the page is http:\/\/localhost:5001\//);
    const ips = await eventually(async () => {
      const list = JSON.parse(await get(inside, "http://localhost:5001/ips") ?? "[]");
      return list.length > 0 ? list : undefined;
    });
    assert.deepEqual(ips.map(({ ip, client }: { ip: string; client: string }) => [ip, client]), [[
      "127.0.0.1",
      "client1",
    ]]);
    await client.until(/sent 127\.0\.0\.1/);
    const [data] = JSON.parse(await get(inside, "http://localhost:5001/ping-data") ?? "[]");
    assert.ok(data.pings[0].latency_ms > 0);
    assert.match(await get(inside, "http://localhost:5001/") ?? "", /<html/i);
    client.kill("SIGINT");
    const { code, output } = await client.ended;
    assert.equal(code, 0, output);
    assert.match(output, /no target given: pinging 127\.0\.0\.1; name others like this/);
  },
);

embeddedTest("serves a second client of the same box", async (inside) => {
  const first = startProcess([...inside, ...fromSource("--client", "one", "127.0.0.1")]);
  await first.until(/hosting one/);
  const second = startProcess([...inside, ...fromSource("--client", "two", "--rounds", "1", "127.0.0.2")]);
  const { code, output } = await second.ended;
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /hosting one/);
  assert.match(output, /1 delivered/);
  first.kill("SIGTERM");
  assert.equal((await first.ended).code, 0);
});

embeddedTest("is not hosted where a recorder listens on the IPv6 loopback only", async (inside, network) => {
  await network.setHost("localhost", "::1");
  const recorder = startProcess([...inside, ...fromSource("recorder", "--listen", "[::1]:5001")]);
  await recorder.until(/the page is/);
  const { code, output } = await startProcess([...inside, ...fromSource("--rounds", "1", "127.0.0.1")]).ended;
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /hosting one/);
  assert.match(output, /1 delivered/);
  recorder.kill("SIGTERM");
  await recorder.ended;
});

embeddedTest("never takes the place of a recorder that was given", async (inside) => {
  const { code, output } = await startProcess([
    ...inside,
    ...fromSource("--recorder", "http://localhost:5001", "--rounds", "1", "127.0.0.1"),
  ]).ended;
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /hosting one/);
  assert.match(output, /recorder away: .*connection refused/);
  assert.match(output, /0 delivered, 1 waiting/);
});

embeddedTest("is not hosted for --once, which posts nowhere unless told where", async (inside) => {
  const { code, output } = await startProcess([...inside, ...fromSource("--once", "127.0.0.1")]).ended;
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /recorder/);
});
