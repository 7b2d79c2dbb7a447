import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runCli } from "../../lib/cli.ts";
import { EXIT } from "../../lib/cli/io.ts";
import { eventually, fromSource, startProcess } from "../process.ts";

const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;

interface Running {
  readonly url: string;
  readonly port: number;
  readonly err: () => string;
}

/** Runs `recorder` in this process on a free port until `body` is through. */
async function recorder(
  args: readonly string[],
  body: (running: Running) => Promise<void>,
  { stdin = "", listen = "127.0.0.1:0" }: { readonly stdin?: string; readonly listen?: string } = {},
): Promise<{ readonly code: number; readonly err: string }> {
  const stop = new AbortController();
  let err = "";
  let code: number | undefined;
  const ended = runCli({
    args: ["recorder", "--listen", listen, ...args],
    out: () => {},
    err: (text) => err += text,
    readStdin: () => Promise.resolve(stdin),
    stop: stop.signal,
  }).then((value) => code = value);
  try {
    const url = await eventually(() => {
      const [found] = /https?:\/\/[^/]+:\d+/.exec(err) ?? [];
      return Promise.resolve(found ?? (code === undefined ? undefined : ""));
    });
    if (url !== "") await body({ url, port: Number(url.split(":").at(-1)), err: () => err });
  } finally {
    stop.abort();
    await ended;
  }
  return { code: await ended, err };
}

const nothing = () => Promise.resolve();

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("recorder asks for the tokens of a file, and shows none of them", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/write`, "# of the site\nedge-7: very-secret\n");
    await Deno.writeTextFile(`${folder}/read`, "also-secret\n");
    const files = ["--token-file", `${folder}/write`, "--read-token-file", `${folder}/read`];
    const { code, err } = await recorder([...files, "--log-level", "debug"], async ({ url }) => {
      const ask = async (path: string, token: string, body?: string) => {
        const init = body === undefined ? {} : { method: "POST", body };
        const answer = await fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
        await answer.body?.cancel();
        return answer.status;
      };
      assert.equal(await ask("/ips", "very-secret", '{"ip":"a","client":"edge-7"}'), 201);
      assert.equal(await ask("/ips", "very-secret", '{"ip":"a","client":"edge-8"}'), 403);
      assert.equal(await ask("/ips", "also-secret", '{"ip":"a","client":"edge-7"}'), 403);
      assert.equal(await ask("/ping-data", "also-secret"), 200);
      assert.equal(await ask("/ping-data", "wrong"), 401);
      assert.equal(await ask("/", "wrong"), 401);
    });
    assert.equal(code, EXIT.ok);
    assert.doesNotMatch(err, /secret/);
  });
});

Deno.test("recorder reads tokens from standard input", async () => {
  const { code } = await recorder(["--token-file", "-"], async ({ url }) => {
    const answer = await fetch(`${url}/ips`, { method: "POST", body: "{}" });
    await answer.body?.cancel();
    assert.equal(answer.status, 401);
  }, { stdin: "from-stdin\n" });
  assert.equal(code, EXIT.ok);
});

Deno.test("recorder that others reach warns where everybody may write, and only then", async () => {
  const warning = /warning everybody who reaches 0\.0\.0\.0 port \d+ may write and delete: use --token-file/;
  assert.match((await recorder([], nothing, { listen: "0.0.0.0:0" })).err, warning);
  assert.doesNotMatch((await recorder([], nothing)).err, /warning/);
  const guarded = await recorder(["--token-file", "-"], nothing, { listen: "0.0.0.0:0", stdin: "t" });
  assert.doesNotMatch(guarded.err, /warning/);
});

Deno.test("recorder serves HTTPS with --tls-cert and --tls-key", async () => {
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${TLS}cert.pem`)] });
  const { code } = await recorder(["--tls-cert", `${TLS}cert.pem`, "--tls-key", `${TLS}key.pem`], async ({ url }) => {
    assert.match(url, /^https:/);
    assert.equal((await (await fetch(`${url}/healthz`, { client })).json()).status, "ok");
  });
  client.close();
  assert.equal(code, EXIT.ok);
});

Deno.test("recorder says in one line what is wrong with an option", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/bad-token`, "edge-7: top secret\n");
    await Deno.writeTextFile(`${folder}/text`, "no PEM, and no database either ".repeat(100));
    const foreign = new DatabaseSync(`${folder}/foreign.db`);
    foreign.exec("CREATE TABLE bookmarks (url TEXT)");
    foreign.close();
    const cert = `${TLS}cert.pem`;
    const cases: [args: string[], message: RegExp][] = [
      [["--token-file", "/nowhere/t"], /Cannot read --token-file '\/nowhere\/t': there is no such file/],
      [["--token-file", folder], /Cannot read --token-file '.*': it is a folder/],
      [["--token-file", `${folder}/bad-token`], /Cannot use --token-file '.*': line 1 must be TOKEN or CLIENT: TOKEN/],
      [["--read-token-file", "/dev/null"], /Cannot use --read-token-file '\/dev\/null': it holds no token/],
      [["--token-file", "-", "--read-token-file", "-"], /must not both be '-'/],
      [["--tls-cert", cert], /--tls-cert and --tls-key must be given together/],
      [["--tls-key", cert], /--tls-cert and --tls-key must be given together/],
      [
        ["--tls-cert", `${folder}/text`, "--tls-key", cert],
        /Cannot use --tls-cert '.*text': it must hold a certificate in PEM/,
      ],
      [
        ["--tls-cert", cert, "--tls-key", cert],
        /Cannot use --tls-key '.*': it must hold a private key without password in PEM/,
      ],
      [
        ["--tls-cert", cert, "--tls-key", `${TLS}other_key.pem`],
        /Cannot use --tls-cert '.*' with --tls-key '.*other_key\.pem': /,
      ],
      [["--retention", "raw=never"], /option --retention: .*never/],
      [["--db", `${folder}/no/such/folder/x.db`], /Cannot open --db '.*': the file, or its folder, is not there/],
      [["--db", `${folder}/text`], /Cannot open --db '.*': it is a file of something else/],
      [["--db", `${folder}/foreign.db`], /Cannot open --db '.*': it is a database of another program/],
      [["--db", folder], /Cannot open --db '.*': /],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await recorder(args, nothing);
      assert.equal(code, EXIT.usage, `${args}: ${err}`);
      assert.match(err, message);
      assert.match(err, /^ping-client: [^\n]+\n$/);
      assert.doesNotMatch(err, /secret/);
    }
  });
});

Deno.test("recorder without permissions for files names them and the task that has them", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [
      ["--token-file", "t"],
      /Cannot read --token-file 't': this needs the permission --allow-read: use 'deno task start:disk', .* or '--token-file -'/,
    ],
    [
      ["--tls-cert", "c", "--tls-key", "k"],
      /Cannot read --tls-cert 'c': this needs the permission --allow-read: use 'deno task start:disk' or the binary/,
    ],
    [
      ["--db", "x.db"],
      /Cannot open --db 'x\.db': this needs the permission --allow-read and --allow-write: use 'deno task start:disk'/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, output } = await startProcess(fromSource("recorder", "--listen", "127.0.0.1:0", ...args)).ended;
    assert.equal(code, 2, output);
    assert.match(output, message);
    assert.match(output, /^ping-client: [^\n]+\n$/);
  }
});

Deno.test("recorder ends with 4 where it can't listen", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cases: [listen: string, message: RegExp][] = [
    [`127.0.0.1:${taken.addr.port}`, /the address is already in use/],
    ["203.0.113.7:5001", /the address is not one of this machine/],
    ["nothing.invalid:5001", /the host name has no address/],
  ];
  for (const [listen, message] of cases) {
    const { code, err } = await recorder([], nothing, { listen });
    assert.equal(code, EXIT.cannotListen, err);
    assert.match(err, message);
    assert.match(err, /^ping-client: Cannot listen on [^\n]+\n$/);
  }
  taken.close();
});

Deno.test("recorder ends with 4 on a port that its user may not have", async () => {
  // A user namespace of its own: root of the test is nobody there. A network namespace: port 80 is not shared.
  const command = ["unshare", "--user", "--net", ...fromSource("recorder", "--listen", "0.0.0.0:80")];
  const { code, output } = await startProcess(command).ended;
  assert.equal(code, EXIT.cannotListen, output);
  assert.match(output, /^ping-client: Cannot listen on 0\.0\.0\.0 port 80: this user may not listen on that port\n$/);
});

Deno.test("recorder keeps its history in --db over a restart", async () => {
  await withFolder(async (folder) => {
    const args = ["--db", `${folder}/history.db`];
    await recorder(args, async ({ url, err }) => {
      assert.match(err(), /history in .*history\.db, raw=(7d|1w),1m=90d,1h=2y/);
      await (await fetch(`${url}/ips`, { method: "POST", body: '{"ip":"a","client":"c"}' })).body?.cancel();
      const posted = await fetch(`${url}/record-ping/c`, { method: "POST", body: '{"ip":"a","latency_ms":1.5}' });
      assert.equal(posted.status, 201);
      await posted.body?.cancel();
    });
    await recorder([...args, "--retention", "raw=1d"], async ({ url, err }) => {
      assert.match(err(), /raw=1d,1m=90d,1h=2y/);
      const [{ pings }] = await (await fetch(`${url}/ping-data`)).json();
      assert.equal(pings[0].latency_ms, 1.5);
    });
  });
});
