import assert from "node:assert/strict";
import { createApp } from "../../lib/recorder/app.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { say } from "../say.ts";
import { freePort, seeded, startChild } from "./children.ts";

const KILLS = 50;
/** What a killed process may take with it: what it measured in the last second. */
const MAY_MISS_MS = 1000;

/** Our recorder in this process, behind a listener that comes and goes. */
function flappingRecorder(port: number) {
  const store = openSqliteStore();
  const app = createApp({ store });
  let server: Deno.HttpServer | undefined;
  return {
    app,
    up() {
      server ??= Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => app.fetch(request));
    },
    async down() {
      await server?.shutdown();
      server = undefined;
    },
    close: () => store.close(),
  };
}

Deno.test("client killed 50 times, with the recorder up, down and flapping, loses at most its last second and doubles nothing", async () => {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const random = seeded(7);
  const folder = await Deno.makeTempDir();
  const recorder = flappingRecorder(port);
  const measured = new Map<string, number>();
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const mood = ["up", "down", "flapping"][kill % 3];
      if (mood === "down") await recorder.down();
      else recorder.up();
      const child = startChild("edge_child.ts", url, `${folder}/spool.db`, "measure");
      await child.until(/measured/);
      const end = performance.now() + 600 + random() * 1200;
      while (performance.now() < end) {
        if (mood === "flapping") await (random() < 0.5 ? recorder.down() : recorder.up());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      child.kill("SIGKILL");
      const killedAt = Date.now();
      const { output } = await child.ended;
      for (const [, host, at] of output.matchAll(/measured (\S+) (\d+)\n/g)) measured.set(`${host} ${at}`, killedAt);
    }
    recorder.up();
    const last = await startChild("edge_child.ts", url, `${folder}/spool.db`, "drain").ended;
    assert.equal(last.code, 0, last.output);
    const books = JSON.parse(/summary (.*)/.exec(last.output)?.[1] ?? "{}");
    assert.equal(books.waiting, 0);
    assert.equal(books.measured, books.delivered + books.waiting + books.rejected + books.dropped);

    const answer = await recorder.app.fetch(new Request(`${url}/ping-data?start=0&end=${Date.now() + 1000}`));
    const recorded = new Map<string, number>();
    for (const { ip, pings } of await answer.json()) {
      for (const { timestamp } of pings) {
        const key = `${ip} ${Date.parse(timestamp)}`;
        recorded.set(key, (recorded.get(key) ?? 0) + 1);
      }
    }
    const twice = [...recorded].filter(([, count]) => count > 1);
    assert.deepEqual(twice, []);
    const invented = [...recorded.keys()].filter((key) => !measured.has(key));
    assert.deepEqual(invented, []);
    const missing = [...measured].filter(([key]) => !recorded.has(key));
    say(`killed ${KILLS} times: ${measured.size} measured, ${missing.length} missing, none twice`);
    for (const [key, killedAt] of missing) {
      const age = killedAt - Number(key.split(" ")[1]);
      assert.ok(age <= MAY_MISS_MS, `${key} is missing, measured ${age} ms before the kill`);
    }
    assert.ok(measured.size > KILLS * 20 && recorded.size > measured.size / 2);
  } finally {
    await recorder.down();
    await recorder.close();
    await Deno.remove(folder, { recursive: true });
  }
});
