import assert from "node:assert/strict";
import { runCli } from "../../lib/cli.ts";
import { EXIT } from "../../lib/cli/io.ts";
import { eventually, fromSource, startProcess, type TestProcess } from "../process.ts";
import { type PostgresServer, startPostgres } from "../postgres_server.ts";

const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;

async function withServer(body: (server: PostgresServer) => Promise<void>, tls = false): Promise<void> {
  const pem = (name: string) => Deno.readTextFileSync(`${TLS}${name}.pem`);
  const server = await startPostgres({
    settings: ["fsync = off"],
    ...(tls ? { tls: { cert: pem("cert"), key: pem("key") } } : {}),
  });
  try {
    await body(server);
  } finally {
    await server.dispose();
  }
}

/** Runs a recorder as a process of its own with the permissions of `deno task start`. */
async function replica(...args: string[]): Promise<{ process: TestProcess; url: string }> {
  const process = startProcess(fromSource("recorder", "--listen", "127.0.0.1:0", ...args));
  const [, url = ""] = await process.until(/(http:\/\/127\.0\.0\.1:\d+)\//);
  return { process, url };
}

async function post(url: string, path: string, body: unknown): Promise<Response> {
  return await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body) });
}

async function status(answer: Response | Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

Deno.test("recorders share a PostgreSQL: lists, duplicates and live events", () =>
  withServer(async (server) => {
    const db = await server.createDatabase();
    // Both at once: one makes the tables, the other waits for that.
    const [a, b] = await Promise.all([replica("--db", db), replica("--db", db)]);
    try {
      assert.equal(await status(post(a.url, "/ips", { ip: "192.0.2.1", client: "c", name: "gw" })), 201);
      assert.equal(await status(post(b.url, "/ips", { ip: "192.0.2.1", client: "c" })), 409);
      const events = await fetch(`${b.url}/events`);
      const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
      let heard = "";
      const hear = async () => {
        for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
          heard += next.value;
        }
      };
      const hearing = hear();
      const at = new Date(Date.now() - 5000).toISOString();
      const results = [{ ip: "192.0.2.1", latency_ms: 1.234, at }];
      assert.equal((await (await post(a.url, "/record-pings/c", { results })).json()).accepted, 1);
      assert.equal(await status(post(a.url, "/record-ping/c", { ip: "192.0.2.1", latency_ms: null })), 201);
      assert.equal(
        (await (await post(b.url, "/record-pings/c", { results })).json()).duplicates,
        1,
      );
      // The page may have come too late for the first: it hears one that is posted later.
      await eventually(async () => {
        await status(post(a.url, "/record-ping/c", { ip: "192.0.2.1", latency_ms: 77.5 }));
        return /event: results\ndata: .*"latency_ms":77\.5/.test(heard) || undefined;
      });
      assert.equal(await status(post(a.url, "/ips", { ip: "192.0.2.2", client: "c" })), 201);
      await eventually(() => Promise.resolve(/event: targets/.test(heard) || undefined));
      assert.match(heard, /"name":"gw"/);
      await reader?.cancel();
      await hearing;
      const [summary] = await (await fetch(`${b.url}/summary`)).json();
      assert.equal(summary.windows["1h"].lost, 1);
    } finally {
      for (const { process } of [a, b]) process.kill("SIGTERM");
      for (const { process } of [a, b]) assert.equal((await process.ended).code, EXIT.ok, process.output());
    }
    for (const { process } of [a, b]) assert.ok(!process.output().includes(server.password), process.output());
  }));

Deno.test("recorder answers 503 while its PostgreSQL is away, also from the start, and goes on by itself", () =>
  withServer(async (server) => {
    const db = await server.createDatabase();
    await server.stop();
    const { process, url } = await replica("--db", db, "--log-level", "debug");
    try {
      const result = { ip: "192.0.2.1", latency_ms: 1, at: new Date().toISOString() };
      const send = () => post(url, "/record-pings/c", { results: [result] });
      for (const path of ["/summary", "/ips", "/ping-data", "/series?client=c&ip=a", "/outages", "/export.csv"]) {
        // What is streamed begins with its list of targets, so it fails before the first byte or is empty.
        if (path !== "/export.csv") assert.equal(await status(fetch(`${url}${path}`)), 503, path);
      }
      const refused = await send();
      assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "3"]);
      assert.doesNotMatch(await refused.text(), /postgres|127\.0\.0\.1/i);
      assert.equal(await status(fetch(`${url}/healthz`)), 200);
      await server.start();
      const created = () => post(url, "/ips", { ip: "192.0.2.1", client: "c" });
      await eventually(async () => (await status(created())) === 201 || undefined);
      assert.equal((await (await send()).json()).accepted, 1);
      await server.restart({ mode: "immediate" });
      await eventually(async () => (await status(send())) === 200 || undefined);
      await server.stop();
      assert.equal(await status(send()), 503);
      assert.equal(await status(fetch(`${url}/healthz`)), 200);
      await server.start();
      const again = await eventually(async () => {
        const answer = await send();
        if (answer.status === 200) return await answer.json();
        await answer.body?.cancel();
      });
      assert.equal(again.duplicates, 1);
    } finally {
      process.kill("SIGTERM");
      await process.ended;
    }
    assert.match(process.output(), /warning PostgreSQL is away \(ECONNREFUSED\): answering 503 until it is back/);
    assert.doesNotMatch(process.output(), /at file:|mistake/);
    assert.ok(!process.output().includes(server.password), process.output());
  }));

/** Runs a command line in this process until it has said a line that matches, or has ended. */
async function run(args: readonly string[], stdin = ""): Promise<{ readonly code: number; readonly err: string }> {
  const stop = new AbortController();
  let err = "";
  const code = await runCli({
    args,
    out: () => {},
    err: (text) => {
      err += text;
      if (/recorder listens/.test(err)) stop.abort();
    },
    readStdin: () => Promise.resolve(stdin),
    stop: stop.signal,
  });
  return { code, err };
}

Deno.test("recorder takes the password from a file or standard input, and never shows it", () =>
  withServer(async (server) => {
    const db = (await server.createDatabase()).replace(/:[^:@/]+@/, "@");
    const listen = ["recorder", "--listen", "127.0.0.1:0", "--log-level", "debug"];
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, `${server.password}\n`);
    for (const [path, stdin] of [[file, ""], ["-", `${server.password}\n`]] as const) {
      const { code, err } = await run([...listen, "--db", db, "--db-password-file", path], stdin);
      assert.equal(code, EXIT.ok, err);
      assert.match(err, /history in postgres:\/\/ping@127\.0\.0\.1:\d+\/test_1/);
      assert.ok(!err.includes(server.password), err);
    }
    const process = startProcess([
      ...[
        Deno.execPath(),
        "run",
        "--allow-net",
        "--allow-run",
        "--allow-read",
        "--no-prompt",
        "--frozen",
        "--no-check",
      ],
      ...[new URL("../../main.ts", import.meta.url).pathname, ...listen, "--db", db, "--db-password-file", file],
    ]);
    await process.until(/recorder listens/);
    assert.ok(!(await Deno.readTextFile(`/proc/${process.pid}/cmdline`)).includes(server.password));
    assert.ok(!(await Deno.readTextFile(`/proc/${process.pid}/environ`)).includes(server.password));
    process.kill("SIGTERM");
    await process.ended;

    await Deno.writeTextFile(file, "not-the-password");
    const wrong = await run([...listen, "--db", db, "--db-password-file", file]);
    assert.equal(wrong.code, EXIT.usage);
    assert.match(
      wrong.err,
      /^ping-client: Cannot open --db 'postgres:\/\/ping@.*': password authentication failed for user "ping"\n$/,
    );
    const inUrl = db.replace("ping@", "ping:top-secret@");
    for (
      const [args, message] of [
        [["--db", inUrl, "--db-password-file", file], /must hold no password where --db-password-file is given/],
        [["--db", inUrl], /password authentication failed/],
        [["--db", inUrl.replace("test_1", "nowhere")], /password authentication failed/],
        [["--db", `${inUrl}?sslmode=maybe`], /'sslmode' must be one of disable, require/],
        [["--db", "postgres://ping:top-secret@[bad"], /the address must be like/],
        [["--db", "postgres://127.0.0.1/x"], /the user must be given/],
        [["--db", db, "--db-password-file", "-", "--token-file", "-"], /there is one standard input/],
        [["--db-password-file", file], /goes with --db postgres:/],
      ] as const
    ) {
      const { code, err } = await run([...listen, ...args], "t");
      assert.match(err, message);
      assert.equal(code, EXIT.usage, err);
      assert.doesNotMatch(err, /top-secret|not-the-password|\n.*\n/, args.join(" "));
    }
    await Deno.remove(file);
  }));

Deno.test("recorder speaks TLS to PostgreSQL, and believes only the authority that it was given", () =>
  withServer(async (server) => {
    const db = (await server.createDatabase()).replace("127.0.0.1", "localhost");
    const listen = ["recorder", "--listen", "127.0.0.1:0"];
    for (const query of ["sslmode=require", `sslrootcert=${TLS}cert.pem`]) {
      const { code, err } = await run([...listen, "--db", `${db}?${query}`]);
      assert.match(err, /recorder listens/, `${query}: ${err}`);
      assert.equal(code, EXIT.ok);
    }
    const { code, err } = await run([...listen, "--db", `${db}?sslmode=verify-full`]);
    assert.equal(code, EXIT.usage, err);
    assert.match(err, /certificate/i);
  }, true));

Deno.test("client with two recorders goes on where one is killed, and each result is stored once", () =>
  withServer(async (server) => {
    const db = await server.createDatabase();
    const [a, b] = await Promise.all([replica("--db", db), replica("--db", db)]);
    const client = startProcess(fromSource(
      ...[
        "--recorder",
        a.url,
        "--recorder",
        b.url,
        "--engine",
        "ping",
        "--interval",
        "0.2",
        "--rounds",
        "25",
        "127.0.0.1",
      ],
    ));
    try {
      await client.until(/sent 127\.0\.0\.1/);
      a.process.kill("SIGKILL");
      const { code, output } = await client.ended;
      assert.equal(code, EXIT.ok, output);
      assert.match(output, new RegExp(`warning a recorder is away: results go to ${b.url} until it is back`));
      const [{ pings }] = await (await fetch(`${b.url}/ping-data`)).json();
      assert.equal(pings.length, 25);
    } finally {
      client.kill("SIGKILL");
      for (const { process } of [a, b]) process.kill("SIGTERM");
      await Promise.all([client, a.process, b.process].map(({ ended }) => ended));
    }
  }));
