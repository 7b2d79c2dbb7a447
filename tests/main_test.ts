import assert from "node:assert/strict";
import { eventually, fromSource, startProcess } from "./process.ts";
import { plainAnswer, startTestRecorder } from "./misbehaving_recorder.ts";

/** Children of a process that still run, zombies too. */
async function childrenOf(pid: number): Promise<string> {
  const { stdout } = await new Deno.Command("ps", { args: ["--ppid", String(pid), "-o", "pid=,stat=,args="] }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("the program pings IPv4 and IPv6 for real and posts every latency, with no more than its two permissions", async () => {
  const recorder = startTestRecorder();
  const client = startProcess(
    fromSource("--recorder", recorder.url, "--interval", "0.2", "--rounds", "3", "four=127.0.0.1", "::1"),
  );
  const { code, output } = await client.ended;
  assert.equal(code, 0, output);
  const posts = recorder.seen.filter(({ path }) => path === "/record-ping/client1").map(({ body }) =>
    body as { ip: string; name?: string; latency_ms: number }
  );
  for (const ip of ["127.0.0.1", "::1"]) {
    const own = posts.filter((post) => post.ip === ip);
    assert.equal(own.length, 3, output);
    for (const { latency_ms } of own) assert.ok(latency_ms > 0 && latency_ms < 2000, String(latency_ms));
  }
  assert.equal(posts.find(({ ip }) => ip === "127.0.0.1")?.name, "four");
  assert.match(output, /registered four \(127\.0\.0\.1\) for client1/);
  assert.match(output, /stopped: 6 measured \(0 lost, 0 failed\), 6 delivered, 0 waiting, 0 rejected, 0 dropped\n$/);
  await recorder.close();
});

Deno.test("the program stops cleanly on SIGINT and SIGTERM: last line, exit code 0, no child left", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const recorder = startTestRecorder();
    const client = startProcess(fromSource("--recorder", recorder.url, "--interval", "0.2", "127.0.0.1"));
    await client.until(/sent 127\.0\.0\.1/);
    client.kill(signal);
    const { code, output } = await client.ended;
    assert.equal(code, 0, output);
    assert.match(
      output,
      /stopped: (\d+) measured \(0 lost, 0 failed\), \1 delivered, 0 waiting, 0 rejected, 0 dropped\n$/,
    );
    assert.equal(await childrenOf(client.pid), "");
    await recorder.close();
  }
});

Deno.test("the program takes a Ctrl-C that arrives twice at once for one, and a later one for an order", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const recorder = startTestRecorder();
  const polite = startProcess(fromSource("--recorder", recorder.url, "127.0.0.1"));
  await polite.until(/sent 127\.0\.0\.1/);
  polite.kill("SIGINT");
  polite.kill("SIGINT");
  assert.equal((await polite.ended).code, 0);
  await recorder.close();
  // With a recorder that never answers the clean end takes 5 s; an order repeated after a while does not wait for it.
  const ordered = startProcess(fromSource("--recorder", `http://127.0.0.1:${silent.addr.port}`, "nothing.invalid"));
  await ordered.until(/failed nothing\.invalid/);
  const began = performance.now();
  ordered.kill("SIGINT");
  const again = setInterval(() => ordered.kill("SIGINT"), 50);
  assert.equal((await ordered.ended).code, 130);
  clearInterval(again);
  assert.ok(performance.now() - began >= 500, "what comes at once is the same key");
  silent.close();
});

Deno.test("the program goes on pinging while its recorder never answers, and says what is left at the end", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = startProcess(
    fromSource(
      "--recorder",
      `http://127.0.0.1:${silent.addr.port}`,
      "--interval",
      "0.2",
      "--log-level",
      "debug",
      // Two, in turn: lines that repeat are said once.
      "nothing.invalid",
      "nobody.invalid",
    ),
  );
  await eventually(() =>
    Promise.resolve(
      (client.output().match(/failed nothing\.invalid \(unresolved\)/g) ?? []).length >= 5 ? true : undefined,
    )
  );
  client.kill("SIGTERM");
  const { code, output } = await client.ended;
  assert.equal(code, 0);
  assert.match(output, /stopped: (\d+) measured \(0 lost, \1 failed\), 0 delivered, \1 waiting/);
  silent.close();
});

Deno.test("the program without read permission names the permission and the task that has it", async () => {
  const { code, output } = await startProcess(fromSource("--targets", "hosts.txt")).ended;
  assert.equal(code, 2);
  assert.match(
    output,
    /^ping-client: Cannot read --targets 'hosts\.txt': this needs the permission --allow-read: use 'deno task start:disk'[^\n]*\n$/,
  );
});

Deno.test("the program on a box without ping names the package that has it and ends with 3", async () => {
  const empty = await Deno.makeTempDir();
  try {
    // A box without ping: nothing on the PATH, and the system's folders covered by an empty one in a mount namespace.
    const hide = `mount -t tmpfs none /usr/bin && exec "$0" "$@"`;
    const [deno = "", ...args] = fromSource("127.0.0.1");
    const shell = ["unshare", "--mount", "--map-root-user", "sh", "-c", hide, deno, ...args];
    const { code, output } = await startProcess(shell, { env: { PATH: `${empty}:/usr/sbin:/bin:/usr/bin` } }).ended;
    assert.equal(code, 3, output);
    assert.match(output, /^ping-client: Cannot find the program 'ping': install the package iputils-ping [^\n]*\n$/);
  } finally {
    await Deno.remove(empty);
  }
});

Deno.test("the recorder command serves alone, answers the client, and stops on SIGTERM", async () => {
  const recorder = startProcess(fromSource("recorder", "--listen", "127.0.0.1:0"));
  const [, url] = await recorder.until(/the page is (http:\/\/127\.0\.0\.1:\d+)\//);
  const client = await startProcess(
    fromSource("--recorder", String(url), "--rounds", "1", "--client", "büro", "127.0.0.1"),
  ).ended;
  assert.equal(client.code, 0, client.output);
  const ips = await (await fetch(`${url}/ips`)).json();
  assert.deepEqual(ips.map(({ ip, client }: { ip: string; client: string }) => [ip, client]), [["127.0.0.1", "büro"]]);
  recorder.kill("SIGTERM");
  assert.equal((await recorder.ended).code, 0);
});

const onDisk = (...args: string[]) => {
  const [deno = "", run = "", ...rest] = fromSource(...args);
  return [deno, run, "--allow-read", "--allow-write", ...rest];
};

Deno.test("the program with --spool keeps what a recorder that was away has not got, and its next run delivers it", async () => {
  const folder = await Deno.makeTempDir();
  const spool = `${folder}/spool.db`;
  try {
    const away = await startProcess(
      onDisk("--recorder", "http://127.0.0.1:9", "--spool", spool, "--rounds", "2", "--interval", "0.2", "127.0.0.1"),
    ).ended;
    assert.match(
      away.output,
      /stopped: 2 measured \(0 lost, 0 failed\), 0 delivered, 2 waiting, 0 rejected, 0 dropped\n$/,
    );
    const recorder = startTestRecorder();
    const back = await startProcess(onDisk("--recorder", recorder.url, "--spool", spool, "--rounds", "1", "127.0.0.1"))
      .ended;
    assert.match(
      back.output,
      /stopped: 3 measured \(0 lost, 0 failed, 2 left by an earlier run\), 3 delivered, 0 waiting, 0 rejected, 0 dropped\n$/,
    );
    assert.equal(recorder.seen.filter(({ path }) => path.startsWith("/record-ping/")).length, 3);
    await recorder.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the program refuses a spool that another process has, one without a folder, and one without permission", async () => {
  const folder = await Deno.makeTempDir();
  const spool = `${folder}/spool.db`;
  try {
    const first = startProcess(onDisk("--recorder", "http://127.0.0.1:9", "--spool", spool, "127.0.0.1"));
    await first.until(/recorder away/);
    const second = await startProcess(onDisk("--spool", spool, "127.0.0.1")).ended;
    assert.equal(second.code, 2);
    assert.match(second.output, /ping-client: Cannot use the spool '[^']*': another ping-client has it open\n$/);
    first.kill("SIGTERM");
    await first.ended;
    const nowhere = await startProcess(onDisk("--spool", `${folder}/no/spool.db`, "127.0.0.1")).ended;
    assert.match(nowhere.output, /must be a file in a folder that exists\n$/);
    const denied = await startProcess(fromSource("--spool", spool, "127.0.0.1")).ended;
    assert.equal(denied.code, 2);
    assert.match(
      denied.output,
      /^ping-client: Cannot open --spool '[^']*': this needs the permission --allow-read and --allow-write: use 'deno task start:disk'[^\n]*\n$/m,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the program sends the token of a file, takes a new one while results wait, and never shows it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/token`, "wrong-s3cret\n");
    const recorder = startTestRecorder((request) =>
      request.headers.get("authorization") === "Bearer right-s3cret"
        ? plainAnswer(request)
        : new Response(null, { status: 401 })
    );
    const client = startProcess(onDisk("--recorder", recorder.url, "--token-file", `${folder}/token`, "127.0.0.1"));
    await client.until(/recorder away: it refuses the token \(401\)/);
    await Deno.writeTextFile(`${folder}/token`, "right-s3cret\n");
    await client.until(/sent 127\.0\.0\.1/);
    client.kill("SIGTERM");
    const { output } = await client.ended;
    assert.doesNotMatch(output, /s3cret/);
    await recorder.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
