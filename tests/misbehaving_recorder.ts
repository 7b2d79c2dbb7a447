/** One request as a plain recorder sees it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A real HTTP recorder whose answers a test chooses; it notes every request. */
export interface TestRecorder {
  readonly url: string;
  readonly seen: SeenRequest[];
  answer: (request: SeenRequest) => Response | Promise<Response>;
  close(): Promise<void>;
}

/** The plain contract at its plainest: knows nobody, takes everything. */
export function plainAnswer({ method }: SeenRequest): Response {
  return method === "GET" ? Response.json([]) : new Response("ok", { status: 201 });
}

/** Starts a recorder on a free port of the loopback. */
export function startTestRecorder(answer: TestRecorder["answer"] = plainAnswer, port = 0): TestRecorder {
  const seen: SeenRequest[] = [];
  const recorder = { answer };
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async (request) => {
    const text = await request.text();
    const { pathname: path } = new URL(request.url);
    const noted = {
      method: request.method,
      path,
      body: text === "" ? undefined : JSON.parse(text),
      headers: request.headers,
    };
    seen.push(noted);
    return await recorder.answer(noted);
  });
  return Object.assign(recorder, {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    close: () => server.shutdown(),
  });
}

/** A TCP server that does not speak HTTP well: `talk` gets each connection after its first bytes came. */
export interface RawServer {
  readonly url: string;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Starts such a server on a free port of the loopback. Connections stay open until `talk` or `close` closes them. */
export function startRawServer(talk: (connection: Deno.TcpConn, request: string) => Promise<void> | void): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let count = 0;
  const serveOne = async (connection: Deno.TcpConn) => {
    open.add(connection);
    count++;
    const buffer = new Uint8Array(65_536);
    try {
      for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
        await talk(connection, new TextDecoder().decode(buffer.subarray(0, n)));
      }
    } catch {
      // Reset or closed under our hands: that is what such a server is for.
    } finally {
      close(connection);
      open.delete(connection);
    }
  };
  const tasks: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) tasks.push(serveOne(connection));
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    connections: () => count,
    async close() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting.catch(() => {});
      await Promise.all(tasks);
    },
  };
}

/** Writes text to a connection. */
export async function say(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
