import assert from "node:assert/strict";
import { startTestRecorder } from "./misbehaving_recorder.ts";
import { eventually, startProcess, type TestProcess } from "./process.ts";
import { say } from "./say.ts";

/** The compiled program; .ci/run makes it. Without it these tests are skipped, and say so. */
const BINARY = Deno.env.get("PING_CLIENT_BINARY");
if (BINARY === undefined) {
  say(
    "skipped: tests of the compiled binary: set PING_CLIENT_BINARY to the file that 'deno task compile' made",
  );
}

/** Runs the binary alone in an empty folder with an empty environment, not even a PATH. */
async function alone(
  args: readonly string[],
  body: (process: TestProcess, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(BINARY ?? "", `${folder}/ping-client`);
    await Deno.chmod(`${folder}/ping-client`, 0o755);
    await body(startProcess([`${folder}/ping-client`, ...args], { cwd: folder, clearEnv: true }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function binaryTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name: `binary ${name}`, ignore: BINARY === undefined, fn: body });
}

binaryTest("alone in an empty folder with an empty environment pings, registers and records", async () => {
  const recorder = startTestRecorder();
  await alone(
    ["--recorder", recorder.url, "--interval", "0.2", "--rounds", "2", "me=127.0.0.1", "::1"],
    async (client, folder) => {
      const { code, output } = await client.ended;
      assert.equal(code, 0, output);
      assert.match(
        output,
        /stopped: 4 measured \(0 lost, 0 failed\), 4 delivered, 0 waiting, 0 rejected, 0 dropped\n$/,
      );
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.deepEqual(left, ["ping-client"], "it must write nothing");
    },
  );
  const recorded = recorder.seen.filter(({ path }) => path === "/record-ping/client1").map(({ body }) =>
    body as { ip: string; latency_ms: unknown }
  );
  assert.deepEqual(recorded.map(({ ip }) => ip).sort(), ["127.0.0.1", "127.0.0.1", "::1", "::1"]);
  assert.ok(recorded.every(({ latency_ms }) => typeof latency_ms === "number"));
  await recorder.close();
});

binaryTest("pings a block of 60 hosts through fping", async () => {
  const recorder = startTestRecorder();
  await alone(
    ["--recorder", recorder.url, "--engine", "fping", "--interval", "1", "--rounds", "2", "127.0.1.0/26"],
    async (client) => {
      const { code, output } = await client.ended;
      assert.equal(code, 0, output);
      assert.match(output, /stopped: 124 measured \(0 lost, 0 failed\), 124 delivered/);
    },
  );
  await recorder.close();
});

binaryTest("serves its page and its OpenAPI document from inside", async () => {
  await alone(["recorder", "--listen", "127.0.0.1:0"], async (recorder) => {
    const [, url] = await recorder.until(/the page is (http:\/\/127\.0\.0\.1:\d+)\//);
    for (
      const [path, type] of [["/", "text/html"], ["/page/page.js", "text/javascript"], ["/page/base.css", "text/css"]]
    ) {
      const response = await fetch(`${url}${path}`);
      assert.equal(response.status, 200);
      assert.ok(response.headers.get("content-type")?.startsWith(type ?? ""));
      assert.ok((await response.text()).length > 100);
    }
    const { paths } = await (await fetch(`${url}/openapi.json`)).json();
    assert.ok("/record-pings/{client}" in paths, "the OpenAPI document is made inside, too");
    recorder.kill("SIGTERM");
    assert.equal((await recorder.ended).code, 0);
  });
});

binaryTest("may not read files, and says so in one line", async () => {
  await alone(["--targets", "/etc/hostname"], async (client) => {
    const { code, output } = await client.ended;
    assert.equal(code, 2);
    assert.match(
      output,
      /^ping-client: Cannot read --targets '\/etc\/hostname': this needs the permission --allow-read[^\n]*\n$/,
    );
  });
});

binaryTest("is at most 6 MB larger than Deno's bare runtime", async () => {
  const bare = Deno.env.get("PING_CLIENT_BARE");
  if (bare === undefined) {
    return say("skipped: the size of the binary: set PING_CLIENT_BARE to an empty program, compiled");
  }
  const larger = (await Deno.stat(BINARY ?? "")).size - (await Deno.stat(bare)).size;
  say(`the binary is ${(larger / 1e6).toFixed(2)} MB larger than an empty program`);
  assert.ok(larger > 0 && larger <= 6_000_000, `${larger} bytes`);
});

binaryTest("with 10 targets stays under 100 MB of memory", async () => {
  const recorder = startTestRecorder();
  const targets = Array.from({ length: 10 }, (_, n) => `127.0.0.${n + 1}`);
  await alone(["--recorder", recorder.url, "--interval", "0.2", ...targets], async (client) => {
    const sent = () => recorder.seen.filter(({ path }) => path.startsWith("/record-ping/")).length;
    await eventually(() => Promise.resolve(sent() > 200 ? true : undefined), 60_000);
    const peakKb = Number(/VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile(`/proc/${client.pid}/status`))?.[1]);
    assert.ok(peakKb > 0 && peakKb < 100_000, `${peakKb} kB at its peak`);
    client.kill("SIGINT");
    assert.equal((await client.ended).code, 0);
  });
  await recorder.close();
});

binaryTest("shows its metrics and prints its assets from inside", async () => {
  const recorder = startTestRecorder();
  const args = ["--recorder", recorder.url, "--interval", "0.2", "--metrics", "127.0.0.1:0", "127.0.0.1"];
  await alone(args, async (client) => {
    const [, url] = await client.until(/metrics are at (http:\/\/127\.0\.0\.1:\d+)\/metrics/);
    await eventually(async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^ping_client_rtt_seconds_count\{.*\} [1-9]/m.test(text) ? true : undefined;
    });
    client.kill("SIGINT");
    assert.equal((await client.ended).code, 0);
  });
  await recorder.close();
  await alone(["assets", "alerts"], async (program) => {
    const { code, output } = await program.ended;
    assert.equal(code, 0);
    assert.match(output, /alert: PingTargetDown/);
  });
});
