import assert from "node:assert/strict";
import { ASSETS } from "../lib/assets.ts";
import { runCli } from "../lib/cli.ts";
import { createApp } from "../lib/recorder/app.ts";
import { withMetrics } from "../lib/recorder/metrics_route.ts";
import { openSqliteStore } from "../lib/recorder/sqlite.ts";
import { systemClock } from "../lib/clock.ts";
import { ClientMetrics } from "../lib/metrics.ts";
import { HAS_PROMETHEUS, promtool } from "./prometheus.ts";

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runCli({
    args,
    out: (text) => out += text,
    err: (text) => err += text,
    readStdin: () => Promise.resolve(""),
    stop: AbortSignal.abort(),
  });
  return { code, out, err };
}

/** The names of all metrics that there are. */
async function metricNames(): Promise<readonly string[]> {
  const store = openSqliteStore({});
  const recorder = withMetrics(createApp({ store }), { store });
  recorder.close();
  await store.close();
  const options = { client: "c", targets: [], intervalMs: 1, timeoutMs: 1, version: "1", clock: systemClock };
  return [...new ClientMetrics(options).names, ...recorder.metricNames];
}

Deno.test("assets prints each asset, and its help names them all", async () => {
  const help = (await cli("assets", "--help")).out;
  for (const [name, { text, about }] of Object.entries(ASSETS)) {
    const { code, out, err } = await cli("assets", name);
    assert.deepEqual([code, err], [0, ""]);
    // What is not a text yet is made from the help texts.
    if (typeof text === "string") assert.equal(out, text);
    else assert.ok(out.length > 1000, name);
    assert.ok(help.includes(`${name} `) && help.includes(about), name);
  }
});

Deno.test("assets says in one line what there is instead of what was asked for", async () => {
  for (const name of ["x", "toString"]) {
    const { code, err } = await cli("assets", name);
    assert.equal(code, 2);
    assert.equal(
      err,
      `ping-client: Cannot print the asset '${name}': it must be one of ${Object.keys(ASSETS).join(", ")}\n`,
    );
  }
});

Deno.test("dashboard and alerts ask only for metrics that there are, and the dashboard for all of them", async () => {
  const names = await metricNames();
  const bare = (text: string) =>
    [...text.matchAll(/\bping_(?:client|recorder)_\w+/g)].map(([name]) =>
      names.includes(name) ? name : name.replace(/_(bucket|sum|count)$/, "")
    );
  const inDashboard = bare(String(ASSETS.grafana?.text));
  for (const name of [...inDashboard, ...bare(String(ASSETS.alerts?.text))]) assert.ok(names.includes(name), name);
  for (const name of names) assert.ok(inDashboard.includes(name), `${name} is in no panel`);
});

Deno.test("dashboard has panels with ids of their own that do not overlap", () => {
  const { panels, uid } = JSON.parse(String(ASSETS.grafana?.text));
  assert.equal(uid, "ping-client");
  const taken = new Map<string, string>();
  for (const { id, title, gridPos: { x, y, w, h } } of panels) {
    assert.ok(!taken.has(`id ${id}`), title);
    taken.set(`id ${id}`, title);
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.equal(taken.get(`${column} ${row}`), undefined, `${title} lies on another panel`);
        taken.set(`${column} ${row}`, title);
      }
    }
  }
});

Deno.test({
  name: "alert rules are well-formed, and each fires for what it is for",
  ignore: !HAS_PROMETHEUS,
  async fn() {
    const path = (of: string) => new URL(of, import.meta.url).pathname;
    assert.match(await promtool(["check", "rules", path("../lib/assets/alerts.yaml")]), /SUCCESS: \d+ rules found/);
    assert.match(await promtool(["test", "rules", path("assets/alerts_test.yaml")]), /SUCCESS/);
    const tested = await Deno.readTextFile(path("assets/alerts_test.yaml"));
    for (const [, alert = ""] of String(ASSETS.alerts?.text).matchAll(/alert: (\w+)/g)) {
      assert.match(
        tested,
        new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n\\s+- exp_labels`),
        `${alert} is not tried`,
      );
    }
  },
});
