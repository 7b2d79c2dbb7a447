import { MockRecorder, type SentResult } from "./mock_recorder.ts";

/** A recorder that listens on the loopback, for one test. */
export interface TestRecorder {
  readonly origin: string;
  /** Registers what is new and sends results. */
  record(client: string, results: readonly SentResult[]): Promise<void>;
  /** Ends the listener; the history stays. */
  stop(): Promise<void>;
  /** Listens again at the same address. */
  start(): void;
}

export function startRecorder(): TestRecorder {
  const recorder = new MockRecorder();
  const registered = new Set<string>();
  const serve = (port: number) => {
    const ending = new AbortController();
    const options = { port, hostname: "127.0.0.1", signal: ending.signal, onListen() {} };
    const server = Deno.serve(options, (request) => recorder.fetch(request));
    return { ending, server };
  };
  let { ending, server } = serve(0);
  const { port } = server.addr;
  const origin = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await answer.body?.cancel();
    return answer;
  };
  return {
    origin,
    async record(client, results) {
      for (const { ip } of results) {
        const key = `${client} ${ip}`;
        if (registered.has(key)) continue;
        registered.add(key);
        await post("/ips", { ip, client });
      }
      for (let from = 0; from < results.length; from += 1000) {
        const answer = await post(`/record-pings/${client}`, { results: results.slice(from, from + 1000) });
        if (!answer.ok) throw new Error(`the recorder answered ${answer.status}`);
      }
    },
    async stop() {
      ending.abort();
      await server.finished;
    },
    start() {
      ({ ending, server } = serve(port));
    },
  };
}
