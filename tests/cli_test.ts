import assert from "node:assert/strict";
import { runCli } from "../lib/cli.ts";
import { EXIT } from "../lib/cli/io.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(
  args: readonly string[],
  { stdin = "", stop = AbortSignal.abort() }: { stdin?: string; stop?: AbortSignal } = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runCli({
    args,
    out: (text) => out += text,
    err: (text) => err += text,
    readStdin: () => Promise.resolve(stdin),
    stop,
  });
  return { code, out, err };
}

/** Wrong command lines, and what the one line must name: the thing, its value, what is allowed. */
const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
  [["--interval", "0"], /--interval must be at least 0\.2: it is '0'/],
  [["--interval", "-1"], /--interval must be at least 0\.2: it is '-1'/],
  [["--interval", "abc"], /--interval must be a number .*: it is 'abc'/],
  [["--interval", "0.1"], /--interval must be .*: it is '0\.1'/],
  [["--interval", ""], /--interval must be .*: it is ''/],
  [["--interval", "Infinity"], /--interval must be .*: it is 'Infinity'/],
  [["--interval"], /'--interval <seconds>' argument missing/],
  [["--timeout", "0"], /--timeout must be at least 0\.1: it is '0'/],
  [["--rounds", "1.5"], /--rounds must be a whole number of at least 1: it is '1\.5'/],
  [["--rounds", "0"], /--rounds .*: it is '0'/],
  [["--recorder", "ftp://x"], /--recorder must be an http:\/\/ or https:\/\/ address .*: it is 'ftp:\/\/x'/],
  [["--recorder", "localhost:5001"], /--recorder must be .*: it is 'localhost:5001'/],
  [["--recorder", "http://u:p@h/"], /--recorder must be an .* without user/],
  [["--client", "a b"], /--client must be 1 to 100 characters .*: it is 'a b'/],
  [["--client", ""], /--client must be .*: it is ''/],
  [["--log", "xml"], /--log must be text or json: it is 'xml'/],
  [["--log-level", "loud"], /--log-level must be one of debug, info, warning, error: it is 'loud'/],
  [["--intervall", "3"], /unknown option '--intervall' \(did you mean --interval\?\)/],
  [["-f"], /unknown option '-f'/],
  [["--", "-f"], /Cannot ping '-f': a target must be HOST or NAME=HOST/],
  [["; reboot"], /Cannot ping '; reboot': a target must be/],
  [["a b"], /Cannot ping 'a b': a target must be/],
  [["=192.0.2.1"], /Cannot ping '=192\.0\.2\.1': the name before '=' must be/],
  [[""], /Cannot ping '': a target must be/],
  [["192.0.2.1", "x=192.0.2.1"], /Cannot ping '192\.0\.2\.1' twice/],
  [["-4", "-6", "h"], /'-4, --ipv4' cannot be used with option '-6, --ipv6'/],
  [["-4", "::1"], /Cannot ping '::1': with -4/],
  [["--once", "--rounds", "2"], /--once is one round already/],
  [["--json"], /option --json needs --once/],
  [["--live"], /option --live needs a terminal/],
  [["--once", "--live"], /option --live shows round after round/],
  [["--once", "--notify", "http://h/"], /option --notify tells what changes between rounds/],
  [
    ["--notify", "ftp://h/"],
    /--notify must be an http:\/\/ or https:\/\/ address, after webhook:, .*: it is 'ftp:\/\/h\/'/,
  ],
  [["--notify", "http://h/", "--notify", "teams:http://h/"], /--notify must be .*teams:/],
  [["--notify-after", "0"], /--notify-after must be a whole number of rounds from 1 to 1000: it is '0'/],
  [["--notify-loss", "0"], /--notify-loss must be a number of percent from 1 to 100: it is '0'/],
  [["--color", "blue"], /--color must be auto, always or never: it is 'blue'/],
  [["completion", "tcsh"], /Cannot complete for the shell 'tcsh': it must be one of bash, zsh, fish/],
  [["completion", "toString"], /Cannot complete for the shell 'toString'/],
  [["completion"], /missing required argument 'shell'/],
  [["assets", "nothing"], /Cannot print the asset 'nothing': it must be one of .*man.*systemd/],
  [["recorder", "--listen", "nowhere"], /--listen must be ADDR:PORT .*: it is 'nowhere'/],
  [["recorder", "--listen", "127.0.0.1:99999"], /--listen must be .*: it is '127\.0\.0\.1:99999'/],
  [["recorder", "extra"], /too many arguments/],
];

for (const [args, expected] of MISTAKES) {
  Deno.test(`ping-client ${JSON.stringify(args)} ends with one line and exit code 2`, async () => {
    const { code, out, err } = await cli(args);
    assert.equal(code, EXIT.usage);
    assert.equal(out, "");
    assert.match(err, /^ping-client: [^\n]+\n$/);
    assert.match(err, expected);
  });
}

Deno.test("ping-client names the line of a list where a target is wrong", async () => {
  const { code, err } = await cli(["--targets", "-"], { stdin: "192.0.2.1\nnot a host\n" });
  assert.equal(code, EXIT.usage);
  assert.match(err, /^ping-client: --targets '-', line 2: Cannot ping 'not a host'/);
});

Deno.test("ping-client refuses a list without a target, and one that is not there", async () => {
  assert.match(
    (await cli(["--targets", "-"], { stdin: "# none\n" })).err,
    /Cannot use --targets '-': it names no target/,
  );
  assert.match(
    (await cli(["--targets", "/nowhere/list"])).err,
    /Cannot read --targets '\/nowhere\/list': there is no such file/,
  );
  assert.match((await cli(["--targets", "/"])).err, /Cannot read --targets '\/': it is a folder/);
});

Deno.test("ping-client --help and --version go to standard output and end well", async () => {
  const help = await cli(["--help"]);
  assert.deepEqual([help.code, help.err], [EXIT.ok, ""]);
  for (
    const option of [
      "--recorder",
      "--client",
      "--interval",
      "--timeout",
      "--targets",
      "--rounds",
      "--once",
      "--log",
      "--log-level",
      "-4",
      "-6",
    ]
  ) {
    assert.ok(help.out.includes(option), option);
  }
  assert.match((await cli(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
  assert.match((await cli(["recorder", "--help"])).out, /--listen/);
});

Deno.test("ping-client --once prints a row a target in their order and tells by its exit code whether all answered", async () => {
  const going = new AbortController().signal;
  const good = await cli(["--once", "--log-level", "error", "second=127.0.0.2", "127.0.0.1"], { stop: going });
  assert.equal(good.err, "");
  assert.match(
    good.out,
    /^target +result +RTT or cause\nsecond \(127\.0\.0\.2\) +reply +\d+\.\d{3} ms\n127\.0\.0\.1 +reply +\d+\.\d{3} ms\n$/,
  );
  assert.equal(good.code, EXIT.ok);
  const bad = await cli(["--once", "--log-level", "error", "127.0.0.1", "nothing.invalid"], { stop: going });
  assert.match(bad.out, /\nnothing\.invalid +failed +unresolved\n/);
  assert.equal(bad.code, EXIT.unanswered);
});

Deno.test("ping-client --once --json prints an object a target in their order", async () => {
  const going = new AbortController().signal;
  const { out, code } = await cli(
    ["--once", "--json", "--log-level", "error", "me=127.0.0.1", "nothing.invalid"],
    { stop: going },
  );
  const [me, nothing, ...more] = JSON.parse(out);
  assert.equal(code, EXIT.unanswered);
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(me), ["host", "name", "outcome", "rtt_ms", "at"]);
  assert.deepEqual([me.host, me.name, me.outcome], ["127.0.0.1", "me", "reply"]);
  assert.ok(me.rtt_ms > 0);
  assert.match(me.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { at: _, ...rest } = nothing;
  assert.deepEqual(rest, { host: "nothing.invalid", outcome: "failed", rtt_ms: null, cause: "unresolved" });
});

Deno.test("ping-client --color decides about colours in the log; auto means none without a terminal", async () => {
  const going = new AbortController().signal;
  const warning = async (...args: string[]) =>
    (await cli(["--once", ...args, "nothing.invalid"], { stop: going })).err.includes("\x1b[33mwarning failed");
  assert.equal(await warning("--color", "always"), true);
  assert.equal(await warning("--color", "never"), false);
  assert.equal(await warning(), false);
});

Deno.test("ping-client recorder says in one line that its address is taken", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, err } = await cli(["recorder", "--listen", `127.0.0.1:${taken.addr.port}`]);
  taken.close();
  assert.equal(code, EXIT.cannotListen);
  assert.match(err, /^ping-client: Cannot listen on 127\.0\.0\.1 port \d+: the address is already in use\n$/);
});

Deno.test("ping-client check looks at every recorder that is named", async () => {
  const { code, out } = await cli([
    "check",
    "--recorder",
    "http://127.0.0.1:7",
    "--recorder",
    "http://127.0.0.1:9",
    "127.0.0.1",
  ], {
    stop: new AbortController().signal,
  });
  assert.equal(code, EXIT.unanswered);
  assert.match(
    out,
    /^fail +recorder +http:\/\/127\.0\.0\.1:7: [^\n]+\n.*\n?fail +recorder +http:\/\/127\.0\.0\.1:9: /ms,
  );
});
