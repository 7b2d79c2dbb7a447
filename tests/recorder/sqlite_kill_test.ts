import assert from "node:assert/strict";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { startProcess, type TestProcess } from "../process.ts";

const RECORDER = new URL("./recorder_process.ts", import.meta.url).pathname;
const CLIENTS = 6;

interface Answered {
  readonly single: Set<number>;
  readonly batched: Set<number>;
}

/** Posts without a pause until the recorder is gone; notes what was answered. */
async function postUntilKilled(base: string, client: string, startMs: number, answered: Answered): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(base + path, { method: "POST", body: JSON.stringify(body) });
    await response.body?.cancel();
    return response.ok;
  };
  try {
    await post("/ips", { ip: "::1", client });
    for (let atMs = startMs;; atMs += 100) {
      const at = (ms: number) => new Date(ms).toISOString();
      if (await post(`/record-ping/${client}`, { ip: "::1", latency_ms: 1.5, at: at(atMs) })) answered.single.add(atMs);
      const times = Array.from({ length: 20 }, (_, i) => atMs + 1 + i);
      const results = times.map((ms) => ({ ip: "::1", latency_ms: null, at: at(ms) }));
      if (await post(`/record-pings/${client}`, { results })) { for (const ms of times) answered.batched.add(ms); }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // a TypeError of fetch: the recorder is gone
  }
}

/** Whatever went wrong, the process must end. */
function killAgain(recorder: TestProcess): void {
  try {
    recorder.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
}

Deno.test("sqlite has every answered post after kill -9 under load, once, also in the roll-ups", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/history.db`;
  const answered = Array.from({ length: CLIENTS }, () => ({ single: new Set<number>(), batched: new Set<number>() }));
  const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
  try {
    // A short tail: most kills come in the middle of folding.
    for (let life = 0; life < 3; life++) {
      const command = [Deno.execPath(), "run", "-A", "--no-check", "--frozen", RECORDER, path, "50"];
      const recorder = startProcess(command);
      try {
        const [, port] = await recorder.until(/port (\d+)/);
        const total = () => answered.reduce((sum, { single, batched }) => sum + single.size + batched.size, 0);
        const enough = total() + 1500;
        const end = performance.now() + 20_000;
        const kill = setInterval(() => {
          if (total() < enough && performance.now() < end) return;
          clearInterval(kill);
          recorder.kill("SIGKILL");
        }, 5);
        await Promise.all(
          answered.map((to, i) =>
            postUntilKilled(`http://127.0.0.1:${port}`, `client${i}`, startMs + life * 1_000_000, to)
          ),
        );
        assert.ok(total() >= enough, `only ${total()} results were answered in time`);
      } finally {
        killAgain(recorder);
        await recorder.ended;
      }
    }
    const store = openSqliteStore({ path });
    for (const [i, { single, batched }] of answered.entries()) {
      const [series] = await store.listSeries({ client: `client${i}` });
      assert.ok(series !== undefined);
      const range = { startMs, endMs: startMs + 7_200_000 };
      const found = { single: new Set<number>(), batched: new Set<number>(), count: 0 };
      for await (const block of store.readPings(series.id, range)) {
        for (const { atMs, latencyMs } of block) found[latencyMs === null ? "batched" : "single"].add(atMs);
        found.count += block.length;
      }
      assert.deepEqual([...single].filter((atMs) => !found.single.has(atMs)), []);
      assert.deepEqual([...batched].filter((atMs) => !found.batched.has(atMs)), []);
      assert.equal(found.count, found.single.size + found.batched.size);
      const [summary] = await store.summaries({ nowMs: Date.now(), client: series.client });
      const { replies, lost } = summary?.windows["24h"] ?? assert.fail();
      assert.deepEqual([replies, lost], [found.single.size, found.batched.size]);
    }
    await store.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
