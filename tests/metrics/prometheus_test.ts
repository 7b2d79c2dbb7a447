import assert from "node:assert/strict";
import { ASSETS } from "../../lib/assets.ts";
import { createNetwork, HOSTS, type Network, whyNoNetwork } from "../network.ts";
import { eventually, fromSource, startProcess, type TestProcess } from "../process.ts";
import { HAS_PROMETHEUS } from "../prometheus.ts";
import { say } from "../say.ts";

const noNetwork = HAS_PROMETHEUS ? await whyNoNetwork() : undefined;
if (noNetwork !== undefined) say(`skipped: Prometheus scrapes client and recorder: ${noNetwork}`);

const PROMETHEUS = "http://127.0.0.1:9090";
const CONFIG = `
global: {scrape_interval: 500ms, scrape_timeout: 400ms}
scrape_configs:
  - job_name: ping
    static_configs: [{targets: ["127.0.0.1:9118", "127.0.0.1:5001"]}]
`;

type Vector = readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];

/** Runs a program inside the network and returns what it wrote. */
async function inside(network: Network, ...command: string[]): Promise<string> {
  const [program = "", ...args] = [...network.inside, ...command];
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command.join(" ")}:\n${out}${err}`);
  return out;
}

async function query(network: Network, expression: string, atMs: number): Promise<Vector> {
  const time = String(atMs / 1000);
  const out = await inside(
    network,
    "promtool",
    "query",
    "-o",
    "json",
    "instant",
    `--time=${time}`,
    PROMETHEUS,
    expression,
  );
  return JSON.parse(out);
}

async function figure(network: Network, expression: string, atMs: number): Promise<number> {
  const [sample, ...others] = await query(network, expression, atMs);
  assert.ok(sample !== undefined && others.length === 0, expression);
  return Number(sample.value[1]);
}

/** What the recorder has of a target, oldest first. */
async function recorded(network: Network, ip: string): Promise<readonly (number | null)[]> {
  const code = 'console.log(await (await fetch("http://127.0.0.1:5001/ping-data")).text())';
  const all: { ip: string; pings: { latency_ms: number | null }[] }[] = JSON.parse(
    await inside(network, Deno.execPath(), "eval", code),
  );
  return all.find((series) => series.ip === ip)?.pings.map(({ latency_ms }) => latency_ms) ?? [];
}

/** The bucket in which a value lies: each is twice the one before, from 50 µs. */
function bucketOf(seconds: number): readonly [number, number] {
  let upper = 50e-6;
  while (upper < seconds) upper *= 2;
  return [upper === 50e-6 ? 0 : upper / 2, upper];
}

Deno.test({
  name: "Prometheus scrapes client and recorder, and its p95 and loss are those of the pings",
  ignore: !HAS_PROMETHEUS || noNetwork !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    const network = await createNetwork();
    const processes: TestProcess[] = [];
    const start = (...command: string[]) => {
      const process = startProcess([...network.inside, ...command], { cwd: folder });
      processes.push(process);
      return process;
    };
    try {
      await start(...fromSource("recorder", "--listen", "127.0.0.1:5001")).until(/recorder listens/);
      const how = ["--recorder", "http://127.0.0.1:5001", "--metrics", "127.0.0.1:9118", "--client", "edge-7"];
      const pace = ["--interval", "0.2", "--timeout", "0.2"];
      await start(...fromSource(...how, ...pace, `up=${HOSTS.reply}`, HOSTS.lost)).until(/metrics are at/);
      await Deno.writeTextFile(`${folder}/prometheus.yml`, CONFIG);
      const web = "--web.listen-address=127.0.0.1:9090";
      start("prometheus", `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, web);

      const up = `{client="edge-7",name="up",target="${HOSTS.reply}"}`;
      const down = `{client="edge-7",target="${HOSTS.lost}"}`;
      const nowMs = await eventually(async () => {
        const atMs = Date.now();
        const enough = await query(network, `ping_client_pings_sent_total${up} >= 25`, atMs);
        return enough.length > 0 ? atMs : undefined;
      }, 60_000);
      const ask = (expression: string) => figure(network, expression, nowMs);

      const count = await ask(`ping_client_rtt_seconds_count${up}`);
      const lost = await ask(`sum(ping_client_pings_lost_total${down})`);
      assert.ok(count >= 25 && lost >= 20, `${count} replies, ${lost} lost`);
      const rtts = await eventually(async () => {
        const pings = await recorded(network, HOSTS.reply);
        return pings.length >= count ? pings.slice(0, count).map((ms) => Number(ms) / 1000) : undefined;
      });
      const sorted = rtts.toSorted((a, b) => a - b);
      const p95 = await ask(`histogram_quantile(0.95, sum by (le) (ping_client_rtt_seconds_bucket${up}))`);
      const [low, high] = bucketOf(sorted[Math.ceil(0.95 * count) - 1] ?? NaN);
      assert.ok(p95 >= low && p95 <= high, `${p95} s is not from ${low} to ${high}`);
      const sum = await ask(`ping_client_rtt_seconds_sum${up}`);
      assert.ok(Math.abs(sum - sorted.reduce((a, b) => a + b, 0)) < 1e-6 * count, `${sum} s in all`);

      const loss = (labels: string) =>
        `sum(ping_client_pings_lost_total${labels}) / sum(ping_client_pings_sent_total${labels})`;
      assert.equal(await ask(loss(up)), 0);
      assert.equal(await ask(loss(down)), 1);
      assert.ok(Math.abs(await ask(loss('{client="edge-7"}')) - lost / (lost + count)) < 1e-9);
      assert.ok((await recorded(network, HOSTS.lost)).slice(0, lost).every((ms) => ms === null));

      assert.equal(await ask("sum(up)"), 2);
      assert.equal(await ask("ping_recorder_series"), 2);
      assert.ok(await ask("ping_recorder_results_received_total") >= 25);
      assert.equal(await ask("sum(ping_recorder_results_rejected_total)"), 0);
      await eventually(() => tryDashboard(network));
    } finally {
      for (const process of processes) process.kill("SIGTERM");
      await Promise.all(processes.map(({ ended }) => ended));
      await network[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Every panel's query is one that Prometheus takes; those that must have figures soon have some. */
async function tryDashboard(network: Network): Promise<true> {
  const atMs = Date.now();
  const { panels }: { panels: { title: string; targets?: { expr: string }[] }[] } = JSON.parse(
    String(ASSETS.grafana?.text),
  );
  const filled: Record<string, number> = {};
  for (const { title, targets = [] } of panels) {
    for (const { expr } of targets) {
      const text = expr.replaceAll(/\$(client|target|group)/g, ".*").replaceAll(/\$__(range|rate_interval)/g, "1m");
      filled[title] = Math.max(filled[title] ?? 0, (await query(network, text, atMs)).length);
    }
  }
  for (const title of ["Targets", "RTT, p95", "Loss", "Delivery", "Requests", "Most lossy targets", "Versions"]) {
    assert.ok((filled[title] ?? 0) > 0, `panel '${title}' is empty`);
  }
  return true;
}
