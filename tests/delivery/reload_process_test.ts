import assert from "node:assert/strict";
import { checkFping, createFpingEngine } from "../../lib/engine/fping.ts";
import type { Target } from "../../lib/target.ts";
import { plainAnswer, type SeenRequest, startTestRecorder } from "../misbehaving_recorder.ts";
import { eventually, fromSource, startProcess, type TestProcess } from "../process.ts";
import { say } from "../say.ts";

/** The program with the permissions of `deno task start:disk`. */
function onDisk(...args: string[]): string[] {
  const [deno = "", ...rest] = fromSource(...args);
  return [deno, "run", "--allow-read", "--allow-write", ...rest.slice(1)];
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything that was asked of a recorder, in order: `register HOST`, `result HOST`. */
function asked(seen: readonly SeenRequest[]): string[] {
  return seen.flatMap(({ method, path, body }) => {
    const { ip } = (body ?? {}) as { ip?: string };
    if (method !== "POST") return [];
    return path === "/ips" ? [`register ${ip}`] : [`result ${ip}`];
  });
}

Deno.test("the program reads its config again on SIGHUP: a new target is registered before its first result", () =>
  inFolder(async (folder) => {
    const recorder = startTestRecorder();
    const path = `${folder}/config.yaml`;
    const config = (more: string) => `recorder: ${recorder.url}\ninterval: 0.2\ntargets: [127.0.0.1${more}]\n`;
    await Deno.writeTextFile(path, config(""));
    const client = startProcess(onDisk("--config", path));
    await client.until(/sent 127\.0\.0\.1/);
    await Deno.writeTextFile(path, "interval: 0\ntimout: 3\n");
    client.kill("SIGHUP");
    await client.until(/config not changed: .*config\.yaml:1: interval: must be at least 0\.2: it is 0/);
    await client.until(/config not changed: .*config\.yaml:2: timout: is no known setting: did you mean timeout\?/);
    await Deno.writeTextFile(path, config(", new=127.0.0.2"));
    client.kill("SIGHUP");
    await client.until(/config read again: 1 targets added, 0 removed, 0 changed/);
    await client.until(/sent new \(127\.0\.0\.2\)/);
    client.kill("SIGTERM");
    const { code, output } = await client.ended;
    assert.equal(code, 0, output);
    const own = asked(recorder.seen).filter((line) => line.endsWith("127.0.0.2"));
    assert.deepEqual(own.slice(0, 2), ["register 127.0.0.2", "result 127.0.0.2"]);
    assert.ok(!own.slice(1).includes("register 127.0.0.2"));
    await recorder.close();
  }));

Deno.test("the program with --watch follows a file that is replaced, to another recorder too, and loses nothing", () =>
  inFolder(async (folder) => {
    const first = startTestRecorder();
    const second = startTestRecorder();
    const path = `${folder}/config.yaml`;
    const replace = async (text: string) => {
      await Deno.writeTextFile(`${path}.new`, text);
      await Deno.rename(`${path}.new`, path);
    };
    await replace(`recorder: ${first.url}\ninterval: 0.2\ntargets: [127.0.0.1]\n`);
    const client = startProcess(onDisk("--config", path, "--watch"));
    await client.until(/sent 127\.0\.0\.1/);
    await replace(`recorder: ${second.url}\nclient: edge\ninterval: 0.2\ntargets: [127.0.0.1]\n`);
    await client.until(/results now go to .* as edge/);
    await eventually(() => Promise.resolve(second.seen.some(({ path }) => path === "/record-ping/edge") || undefined));
    client.kill("SIGTERM");
    const { output } = await client.ended;
    assert.match(output, / 0 waiting, 0 rejected, 0 dropped\n$/);
    const posted = [...first.seen, ...second.seen].filter(({ path }) => path.startsWith("/record-ping/")).length;
    assert.equal(posted, Number(/ (\d+) measured/.exec(output.split("\n").at(-2) ?? "")?.[1]));
    await first.close();
    await second.close();
  }));

Deno.test("the program without a file to read again ends with its terminal, and --watch needs one", async () => {
  const client = startProcess(fromSource("--recorder", "http://127.0.0.1:9", "127.0.0.1"));
  await client.until(/recorder away/);
  client.kill("SIGHUP");
  assert.equal((await client.ended).code, 129);
  const { code, output } = await startProcess(fromSource("--watch", "127.0.0.1")).ended;
  assert.equal(code, 2);
  assert.match(output, /^ping-client: option --watch must come with --config FILE or --targets FILE/m);
});

/** What the process and its children take now. */
async function footprint({ pid }: TestProcess): Promise<{ fds: number; rssMb: number; children: number }> {
  let fds = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) fds++;
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const { stdout } = await new Deno.Command("ps", { args: ["--ppid", String(pid), "-o", "pid="] }).output();
  const children = new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "").length;
  return { fds, rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024), children };
}

async function hasFping(): Promise<boolean> {
  try {
    await checkFping();
    return true;
  } catch {
    say("skipped: reload with a real fping: there is no fping on this box");
    return false;
  }
}

Deno.test({
  name: "fping engine keeps up with an update to an interval far shorter than the one it began with",
  ignore: !await hasFping(),
  fn: async () => {
    const stop = new AbortController();
    const targets = (own: Partial<Target>): Target[] =>
      Array.from({ length: 20 }, (_, index) => ({ host: `127.5.0.${index + 1}`, family: "any", ...own }));
    const watch = createFpingEngine().watch(targets({}), { intervalMs: 4000, timeoutMs: 1000, signal: stop.signal });
    const outcomes: string[] = [];
    for await (const result of watch) {
      outcomes.push(result.outcome === "reply" ? "reply" : result.cause);
      if (outcomes.length === 20) watch.update(targets({ intervalMs: 200, timeoutMs: 100 }));
      if (outcomes.length === 420) stop.abort();
    }
    // Read as seldom as at the start, more than half of the answers came after they had been given up.
    const missing = outcomes.filter((outcome) => outcome === "send-error").length;
    assert.ok(missing < 0.1 * outcomes.length, `${missing} of ${outcomes.length} answers came too late`);
  },
});

const INTERVAL_MS = 2000;

Deno.test({
  name: "the program under 1,000 targets and 100 reloads misses no round of an untouched target, and does not grow",
  ignore: Deno.build.os !== "linux" || !await hasFping(),
  fn: () =>
    inFolder(async (folder) => {
      const times = new Map<string, number[]>();
      const failed = new Map<string, number>();
      let total = 0;
      const recorder = startTestRecorder(({ method, body }) => {
        const headers = { "ping-recorder": "1" };
        if (method === "GET") return Response.json([], { headers });
        const { results } = body as { results?: { ip: string; at: string; cause?: string }[] };
        if (results === undefined) return plainAnswer({ method, body, path: "", headers: new Headers() });
        total += results.length;
        for (const { ip, at, cause } of results) {
          times.set(ip, [...times.get(ip) ?? [], Date.parse(at)]);
          if (cause !== undefined) failed.set(cause, (failed.get(cause) ?? 0) + 1);
        }
        return Response.json({ accepted: results.length, duplicates: 0, rejected: [] }, { headers });
      });
      const untouched = Array.from({ length: 950 }, (_, index) => `127.2.${index >> 8}.${index & 255}`);
      const path = `${folder}/config.yaml`;
      const write = (turn: number) => {
        const others = Array.from({ length: 50 }, (_, index) => `127.3.${turn % 100}.${index}`);
        const lines = [...untouched, ...others].map((host) => `  - ${host}`);
        const text = [
          `recorder: ${recorder.url}`,
          `interval: ${INTERVAL_MS / 1000}`,
          "timeout: 1",
          "targets:",
          ...lines,
        ];
        return Deno.writeTextFile(path, text.join("\n"));
      };
      await write(0);
      const client = startProcess(onDisk("--config", path, "--engine", "fping"));
      await eventually(() => Promise.resolve(times.size === 1000 || undefined));
      const sizes = [];
      for (let turn = 1; turn <= 100; turn++) {
        await write(turn);
        client.kill("SIGHUP");
        // Spread over many rounds: results come in batches of some hundreds.
        const before = total;
        if (turn % 5 === 0) await eventually(() => Promise.resolve(total > before || undefined));
        // A signal that comes while another is dealt with may be one with it: each reload is waited for.
        await eventually(() =>
          Promise.resolve(
            (client.output().match(/config read again: 50 targets added, 50 removed/g)?.length ?? 0) >= turn ||
              undefined,
          )
        );
        if (turn % 20 === 0) sizes.push(await footprint(client));
      }
      const reloaded = Date.now();
      await eventually(() =>
        Promise.resolve(untouched.every((host) => (times.get(host)?.at(-1) ?? 0) > reloaded) || undefined)
      );
      const after = await footprint(client);
      client.kill("SIGTERM");
      const { code, output } = await client.ended;
      say(`reload under load: ${JSON.stringify([...sizes, after])}, causes ${JSON.stringify([...failed])}`);
      assert.equal(code, 0, output.slice(-2000));
      for (const host of untouched) {
        const at = times.get(host) ?? [];
        const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
        // A round that was missed leaves a gap of two intervals, one that was doubled a gap of none.
        const odd = gaps.filter((gap) => gap < 0.4 * INTERVAL_MS || gap > 1.6 * INTERVAL_MS);
        assert.deepEqual(odd, [], `${host}: ${gaps}`);
      }
      assert.equal(failed.get("no-engine") ?? 0, 0);
      const [first, last] = [sizes[0], after];
      assert.ok(first !== undefined && last.fds <= first.fds + 20, JSON.stringify({ first, last }));
      assert.ok(last.children <= 6, `${last.children} children`);
      assert.ok(last.rssMb < first.rssMb + 80, JSON.stringify({ first, last }));
      await recorder.close();
    }),
});
