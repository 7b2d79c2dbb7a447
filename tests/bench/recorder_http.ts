import { freePort } from "../delivery/children.ts";
import { pythonWith } from "./python.ts";
import { eventually, startProcess, type TestProcess } from "../process.ts";

// What the recorder takes over HTTP into a file, and the same of a Flask + sqlite3 recorder that commits each request.
// Run: deno run -A tests/bench/recorder_http.ts   (where Flask can't be installed, it is left out)
// The recorder is bound to one core by `taskset` where there is one; the load comes from the others.

const CONNECTIONS = 16;
const SECONDS = 3;
const ROUNDS = 3;
const BATCH = 1000;
const RECORDER = new URL("../recorder/recorder_process.ts", import.meta.url).pathname;
const FLASK = new URL("./flask_recorder.py", import.meta.url).pathname;

/** One kept connection that posts the same bytes again and again, without the cost of a whole HTTP client. */
async function postOver(port: number, requests: () => Uint8Array, until: number): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let answered = 0;
  try {
    while (performance.now() < until) {
      const bytes = requests();
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
      let text = "";
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) throw new Error("the recorder closed the connection");
        text += decoder.decode(buffer.subarray(0, count), { stream: true });
        const head = text.indexOf("\r\n\r\n");
        if (head === -1) continue;
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
        if (text.length >= head + 4 + length) break;
      }
      if (!/^HTTP\/1\.[01] 20[01]/.test(text)) throw new Error(`the recorder answered ${text.slice(0, 200)}`);
      answered++;
    }
  } finally {
    connection.close();
  }
  return answered;
}

function request(path: string, body: unknown): Uint8Array {
  const json = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`;
  return new TextEncoder().encode(`${head}content-length: ${json.length}\r\n\r\n${json}`);
}

async function register(port: number, client: string, ip: string): Promise<void> {
  const body = JSON.stringify({ ip, client });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}/ips`, { method: "POST", body, headers });
  await response.body?.cancel();
}

/** Single posts a second. Werkzeug speaks HTTP/1.0 and closes: then each post is a connection of its own. */
async function singles(port: number, { keepAlive }: { keepAlive: boolean }): Promise<number> {
  const clients = Array.from({ length: CONNECTIONS }, (_, i) => `bench${i}`);
  for (const client of clients) await register(port, client, "::1");
  const start = performance.now();
  const until = start + SECONDS * 1000;
  const counts = await Promise.all(clients.map(async (client) => {
    const bytes = request(`/record-ping/${client}`, { ip: "::1", latency_ms: 12.345 });
    if (keepAlive) return await postOver(port, () => bytes, until);
    let answered = 0;
    while (performance.now() < until) {
      let first = true;
      const once = () => first ? (first = false, bytes) : new Uint8Array();
      answered += await postOnce(port, once());
    }
    return answered;
  }));
  return counts.reduce((a, b) => a + b, 0) / (performance.now() - start) * 1000;
}

async function postOnce(port: number, bytes: Uint8Array): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await connection.write(bytes);
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer);
    const text = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    if (!/^HTTP\/1\.[01] 20[01]/.test(text)) throw new Error(`the recorder answered ${text.slice(0, 200)}`);
    return 1;
  } finally {
    connection.close();
  }
}

/** Results a second in batches of 1,000, 100 targets for each of 4 clients. */
async function batches(port: number, day: number): Promise<number> {
  const clients = ["batch0", "batch1", "batch2", "batch3"];
  const ips = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`);
  for (const client of clients) for (const ip of ips) await register(port, client, ip);
  const start = performance.now();
  const counts = await Promise.all(clients.map((client) => {
    let atMs = Date.now() - (day + 1) * 86_400_000;
    return postOver(port, () => {
      atMs += 10_000;
      const results = Array.from({ length: BATCH }, (_, i) => ({
        ip: ips[i % ips.length],
        latency_ms: Math.round(5000 + i * 7.3) / 1000,
        at: new Date(atMs + Math.floor(i / ips.length) * 1000).toISOString(),
      }));
      return request(`/record-pings/${client}`, { results });
    }, start + SECONDS * 1000);
  }));
  return counts.reduce((a, b) => a + b, 0) * BATCH / (performance.now() - start) * 1000;
}

async function onOneCore(command: readonly string[]): Promise<string[]> {
  try {
    const { success } = await new Deno.Command("taskset", { args: ["-c", "0", "true"], stdout: "null", stderr: "null" })
      .output();
    return success ? ["taskset", "-c", "0", ...command] : [...command];
  } catch {
    return [...command];
  }
}

async function withProcess<T>(command: readonly string[], use: (process: TestProcess) => Promise<T>): Promise<T> {
  const process = startProcess(command);
  try {
    return await use(process);
  } finally {
    process.kill("SIGKILL");
    await process.ended;
  }
}

function print(name: string, value: number, aim: string): void {
  // deno-lint-ignore no-console -- a benchmark's output is its purpose
  console.log(`${name.padEnd(64)} ${Math.round(value).toLocaleString("en-US").padStart(10)} /s   ${aim}`);
}

/** One round of single posts in a process of its own. */
async function round(command: readonly string[], port: number | undefined): Promise<number> {
  return await withProcess(await onOneCore(command), async (process) => {
    if (port === undefined) return await singles(Number((await process.until(/port (\d+)/))[1]), { keepAlive: true });
    await eventually(async () => {
      await register(port, "bench0", "::1");
      return true;
    });
    return await singles(port, { keepAlive: false });
  });
}

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const deno = [Deno.execPath(), "run", "-A", "--no-check", RECORDER];
    const python = await pythonWith(folder, "flask");
    // In turns, and the best of each: what else the machine does hits both alike.
    let [single, flask, batched] = [0, 0, 0];
    for (let turn = 0; turn < ROUNDS; turn++) {
      single = Math.max(single, await round([...deno, `${folder}/single${turn}.db`], undefined));
      if (python === undefined) continue;
      const port = freePort();
      flask = Math.max(flask, await round([python, FLASK, String(port), `${folder}/flask${turn}.db`], port));
    }
    const recorder = await onOneCore([...deno, `${folder}/batch.db`]);
    await withProcess(recorder, async (process) => {
      const port = Number((await process.until(/port (\d+)/))[1]);
      for (let turn = 0; turn < ROUNDS; turn++) batched = Math.max(batched, await batches(port, turn));
    });
    print(`http: POST /record-ping, ${CONNECTIONS} connections, one core`, single, ">= 3000");
    print("http: results/s by POST /record-pings, 1,000 a batch, one core", batched, ">= 50000");
    if (python === undefined) return;
    print("http: Flask + sqlite3, a commit each, one core", flask, "");
    print("http: so many times as fast", single / flask, ">= 10");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

await main();
