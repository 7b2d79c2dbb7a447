import assert from "node:assert/strict";
import { runCli } from "../../lib/cli.ts";
import { checkEngines } from "../../lib/cli/check/engines.ts";
import { checkNames } from "../../lib/cli/check/names.ts";
import { checkRecorder } from "../../lib/cli/check/recorder.ts";
import { checkTable } from "../../lib/cli/check/row.ts";
import { checkSpool } from "../../lib/cli/check_spool.ts";
import { systemClock } from "../../lib/clock.ts";
import { configOf, readOptions } from "../../lib/config.ts";
import { MissingProgramError, type Run, run as realRun } from "../../lib/engine/command.ts";
import { FakeClock } from "../fake_clock.ts";
import { startTestRecorder } from "../misbehaving_recorder.ts";

const SIGNAL = new AbortController().signal;
const NOW = Date.UTC(2026, 0, 1);
const EXTENDED = { "ping-recorder": "1" };

function asks(answer: (method: string, token: string | null) => Response, token?: string) {
  const config = configOf(readOptions({ recorder: "http://127.0.0.1:5001", client: "edge" }));
  const fetch = (_: string, { method = "GET", headers }: RequestInit) =>
    Promise.resolve(answer(method, new Headers(headers).get("authorization")));
  const more = token === undefined ? {} : { token };
  return checkRecorder({ config, fetch, clock: new FakeClock(NOW), signal: SIGNAL, ...more });
}

const date = (offsetMs: number) => ({ date: new Date(NOW + offsetMs).toUTCString() });

Deno.test("checkRecorder tells the kind, the token and the clock", async () => {
  const rows = await asks((method, token) => {
    assert.equal(token, "Bearer right");
    const headers = { ...EXTENDED, ...date(12_000) };
    return method === "GET"
      ? Response.json([], { headers })
      : Response.json({ accepted: 0, duplicates: 0, rejected: [] }, { headers });
  }, "right");
  assert.deepEqual(rows.map(({ check, status, detail }) => `${status} ${check}: ${detail}`), [
    "ok recorder: http://127.0.0.1:5001 is extended: it takes batches with times and causes",
    "ok token: is taken for edge",
    "warn clock: 12 s behind the recorder's",
  ]);
});

Deno.test("checkRecorder finds a clock within 5 s well, on either side, and one beyond worth a warning", async () => {
  for (const [offset, status] of [[-5000, "ok"], [5000, "ok"], [-6000, "warn"], [6000, "warn"]] as const) {
    const rows = await asks(() => Response.json([], { headers: date(offset) }));
    assert.equal(rows.find(({ check }) => check === "clock")?.status, status, String(offset));
  }
  const [, none] = await asks(() => Response.json([]));
  assert.equal(none?.detail, "the recorder tells no time to compare");
});

Deno.test("checkRecorder fails where the token is missing, wrong, or good for reading alone", async () => {
  const none = await asks(() => new Response(null, { status: 401, headers: date(0) }));
  assert.match(none[1]?.detail ?? "", /^the recorder asks for one \(401\)$/);
  const wrong = await asks(() => new Response(null, { status: 403 }), "wrong");
  assert.deepEqual([wrong[1]?.status, wrong[1]?.detail], ["fail", "is refused for edge (403)"]);
  const reader = await asks(
    (method) =>
      method === "GET"
        ? Response.json([], { headers: EXTENDED })
        : new Response(null, { status: 403, headers: EXTENDED }),
    "reader",
  );
  assert.deepEqual([reader[0]?.status, reader[1]?.status], ["ok", "fail"]);
});

Deno.test("checkRecorder fails where nothing answers or what answers is no recorder", async () => {
  for (const answer of [() => new Response("<html>"), () => new Response(null, { status: 500 })]) {
    const [row] = await asks(answer);
    assert.equal(row?.status, "fail");
    assert.match(row?.detail ?? "", /answers GET \/ips with (200|500) and no list of targets/);
  }
  const [away] = await asks(() => {
    throw new TypeError("connection refused");
  });
  assert.deepEqual([away?.status, away?.detail], ["fail", "http://127.0.0.1:5001: connection refused"]);
});

/** A box with these programs; `denied`: none of them may send. */
function box(programs: readonly string[], { denied = false } = {}): Run {
  return (program, args, options) => {
    if (program === "cat") {
      return Promise.resolve({ code: 0, stdout: "1\t0\n", stderr: "", killed: false, flooded: false });
    }
    if (!programs.includes(program)) return Promise.reject(new MissingProgramError(program));
    if (!denied || args[0] === "-V") return realRun(program, args, options);
    const stderr = "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n";
    return Promise.resolve({ code: 2, stdout: "", stderr, killed: false, flooded: false });
  };
}

const engines = (run: Run, engine: "auto" | "ping" | "fping", count: number) =>
  checkEngines({ engine, count, run, clock: systemClock, signal: SIGNAL });

Deno.test("checkEngines names the version of ping, and pings for real", async () => {
  const rows = await engines(box(["ping"]), "auto", 1);
  assert.deepEqual(rows.map(({ check, status }) => `${status} ${check}`), ["ok ping", "ok icmp by ping", "ok fping"]);
  assert.match(rows[0]?.detail ?? "", /ping|busybox/i);
  assert.match(rows[1]?.detail ?? "", /^127\.0\.0\.1 answers in \d+\.\d{3} ms$/);
  assert.equal(rows[2]?.detail, "is not installed, nor needed for 1 targets");
});

Deno.test("checkEngines fails where ping may not send, and says what to set and what is set", async () => {
  const row = (await engines(box(["ping"], { denied: true }), "ping", 1))[1];
  assert.equal(row?.status, "fail");
  assert.match(row?.detail ?? "", /net\.ipv4\.ping_group_range is '1 0'/);
  assert.match(row?.advice ?? "", /setcap cap_net_raw\+ep.*net\.ipv4\.ping_group_range='0 2147483647'/);
});

Deno.test("checkEngines fails for a program that is asked for and warns for one that would help", async () => {
  const status = async (engine: "auto" | "ping" | "fping", count: number, check: string) =>
    (await engines(box([]), engine, count)).find((row) => row.check === check)?.status;
  assert.equal(await status("auto", 1, "ping"), "fail");
  assert.equal(await status("fping", 1, "ping"), "warn");
  assert.equal(await status("fping", 1, "fping"), "fail");
  assert.equal(await status("auto", 51, "fping"), "warn");
  assert.equal(await status("auto", 50, "fping"), "ok");
});

Deno.test("checkNames asks for names alone, and says each that does not resolve", async () => {
  const asked: string[] = [];
  const resolve = (host: string) => {
    asked.push(host);
    return host.endsWith("invalid") ? Promise.reject(new Error("not found")) : Promise.resolve(["192.0.2.1"]);
  };
  const target = (host: string) => ({ host, family: "any" as const });
  const good = await checkNames([target("192.0.2.1"), target("fe80::1%eth0"), target("a")], resolve);
  assert.deepEqual(good, [{ check: "dns", status: "ok", detail: "1 of 1 names resolve" }]);
  assert.deepEqual(asked, ["a"]);
  const bad = await checkNames(Array.from({ length: 30 }, (_, n) => target(`${n}.invalid`)), resolve);
  assert.equal(bad.length, 21);
  assert.match(bad[0]?.detail ?? "", /^0\.invalid does not resolve: not found$/);
  assert.equal(bad[20]?.detail, "and 10 more names do not resolve");
});

Deno.test("checkSpool leaves no file behind, takes one that is there, and says why it can't", async () => {
  const folder = await Deno.makeTempDir();
  assert.equal((await checkSpool(`${folder}/spool.db`)).detail, `${folder}/spool.db can be made`);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.writeTextFile(`${folder}/spool.db`, "x");
  assert.equal((await checkSpool(`${folder}/spool.db`)).detail, `${folder}/spool.db can be written`);
  assert.equal(await Deno.readTextFile(`${folder}/spool.db`), "x");
  const missing = await checkSpool(`${folder}/no/spool.db`);
  assert.deepEqual([missing.status, missing.detail], [
    "fail",
    `${folder}/no/spool.db: there is no folder ${folder}/no`,
  ]);
  assert.equal((await checkSpool(folder)).status, "fail");
  assert.equal((await checkSpool(undefined)).status, "ok");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("checkTable puts the advice below its row", () => {
  const table = checkTable([{ check: "a", status: "ok", detail: "x" }, {
    check: "long",
    status: "fail",
    detail: "y",
    advice: "z",
  }]);
  assert.equal(table, "ok    a     x\nfail  long  y\n            → z\n");
});

async function cli(args: readonly string[], stdin = "") {
  let out = "";
  let err = "";
  const code = await runCli({
    args,
    out: (text) => out += text,
    err: (text) => err += text,
    readStdin: () => Promise.resolve(stdin),
    stop: SIGNAL,
  });
  return { code, out, err };
}

Deno.test("ping-client check ends with 0, 1 or 2, and prints the same as JSON", async () => {
  const refused = await cli(["check", "--config", "-", "--json"], "recorder: http://127.0.0.1:9\ntargets: [127.0.0.1]");
  const { ok, checks } = JSON.parse(refused.out);
  assert.deepEqual([refused.code, refused.err, ok], [1, "", false]);
  assert.deepEqual(
    checks.filter(({ status }: { status: string }) => status === "fail").map(({ check }: { check: string }) => check),
    ["recorder"],
  );
  const recorder = startTestRecorder();
  const table = await cli(["check", "--recorder", recorder.url, "127.0.0.1"]);
  assert.match(table.out, /^ok {4}config +1 target, each 10 s/);
  assert.equal(table.code, 0, table.out);
  assert.deepEqual(recorder.seen.map(({ method }) => method), ["GET"], "it must change nothing there");
  await recorder.close();
  const bad = await cli(["check", "--config", "-"], "interval: 0\nlog: loud");
  assert.deepEqual([bad.code, bad.out, bad.err.split("\n").length], [2, "", 3]);
  const badJson = await cli(["check", "--config", "-", "--json"], "interval: 0\nlog: loud");
  assert.deepEqual([badJson.code, JSON.parse(badJson.out).checks.length], [2, 2]);
});

Deno.test("ping-client schema prints the schema with what each option means", async () => {
  const { code, out } = await cli(["schema"]);
  assert.equal(code, 0);
  const { properties, additionalProperties } = JSON.parse(out);
  assert.equal(additionalProperties, false);
  assert.match(properties.interval.description, /from one round to the next/);
});

Deno.test("ping-client --config - takes its settings from standard input, and options win over them", async () => {
  const config = "log-level: error\nrounds: 1\ntargets: [127.0.0.1, nothing.invalid]";
  const own = await cli(["--once", "--config", "-"], config);
  assert.equal(own.code, 1);
  assert.deepEqual([own.out.split("\n").length, own.err], [4, ""]);
  const words = await cli(["--once", "--config", "-", "127.0.0.2"], config);
  assert.match(words.out, /\n127\.0\.0\.2 +reply/);
  assert.equal(words.out.split("\n").length, 3);
});

Deno.test("ping-client --config refuses a second reader of standard input, in the file too", async () => {
  for (
    const [args, stdin] of [[["--targets", "-"], "interval: 1"], [["--token-file", "-"], "interval: 1"], [
      [],
      "token-file: '-'",
    ]] as const
  ) {
    const { code, err } = await cli(["--config", "-", ...args], stdin);
    assert.equal(code, 2);
    assert.match(err, /^ping-client: option --(targets|token-file) must be a file where --config is '-': [^\n]+\n$/);
  }
});
