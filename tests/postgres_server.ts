import { eventually } from "./process.ts";

/** A PostgreSQL of the tests' own. */
export interface PostgresServer {
  readonly port: number;
  readonly password: string;
  /** Makes an empty database and gives its address with user and password in it. */
  createDatabase(): Promise<string>;
  /** Stops as a machine does whose power fails, and starts again. */
  restart(options?: { readonly mode?: "fast" | "immediate" }): Promise<void>;
  stop(options?: { readonly mode?: "fast" | "immediate" }): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  dispose(): Promise<void>;
}

const BIN = "/usr/lib/postgresql/15/bin";

/** PostgreSQL refuses to run as root. */
const USER = "postgres";

export interface ServerOptions {
  /** More lines for postgresql.conf. */
  readonly settings?: readonly string[];
  /** Certificate and key in PEM: then TLS is offered. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Starts a server on a free loopback port, in a folder of its own, with a password. */
export async function startPostgres({ settings = [], tls }: ServerOptions = {}): Promise<PostgresServer> {
  const folder = await Deno.makeTempDir({ prefix: "ping-client-postgres-" });
  const password = `pw-${crypto.randomUUID()}`;
  const port = freePort();
  const data = `${folder}/data`;
  await Deno.writeTextFile(`${folder}/password`, password);
  if (tls !== undefined) {
    await Deno.writeTextFile(`${folder}/server.crt`, tls.cert);
    await Deno.writeTextFile(`${folder}/server.key`, tls.key);
    await Deno.chmod(`${folder}/server.key`, 0o600);
  }
  if (Deno.uid() === 0) await run(["chown", "-R", USER, folder]);
  await run(
    asUser([
      `${BIN}/initdb`,
      "-D",
      data,
      "-U",
      "ping",
      "--pwfile",
      `${folder}/password`,
      "-A",
      "scram-sha-256",
      "-E",
      "UTF8",
      "--locale",
      "C",
      "--no-sync",
      "--no-instructions",
    ]),
  );
  const lines = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${folder}'`,
    "max_connections = 100",
    "logging_collector = off",
    ...tls === undefined
      ? []
      : ["ssl = on", `ssl_cert_file = '${folder}/server.crt'`, `ssl_key_file = '${folder}/server.key'`],
    ...settings,
  ];
  await run(asUser(["sh", "-c", `cat >> ${data}/postgresql.conf <<'END'\n${lines.join("\n")}\nEND`]));
  const control = (...args: string[]) =>
    run(asUser([`${BIN}/pg_ctl`, "-D", data, "-s", "-w", "-t", "60", "-l", `${folder}/log`, ...args]));
  const start = () => control("start");
  const stop = ({ mode = "fast" }: { readonly mode?: "fast" | "immediate" } = {}) => control("stop", "-m", mode);
  await start();
  let count = 0;
  return {
    port,
    password,
    async createDatabase() {
      const name = `test_${++count}`;
      await run([`${BIN}/createdb`, "-h", "127.0.0.1", "-p", String(port), "-U", "ping", name], {
        PGPASSWORD: password,
      });
      return `postgres://ping:${password}@127.0.0.1:${port}/${name}`;
    },
    start,
    stop,
    async restart(options) {
      await stop(options);
      await start();
    },
    async dispose() {
      await stop({ mode: "immediate" }).catch(() => {});
      await eventually(() => Deno.remove(folder, { recursive: true }).then(() => true));
    },
  };
}

function asUser(command: readonly string[]): string[] {
  return Deno.uid() === 0
    ? ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", ...command]
    : [...command];
}

async function run([program = "", ...args]: readonly string[], env: Record<string, string> = {}): Promise<void> {
  // No pipes: a server that pg_ctl starts would hold them open.
  const errors = await Deno.makeTempFile();
  try {
    const child = new Deno.Command("sh", {
      args: ["-c", 'out=$1; shift; exec "$@" >"$out" 2>&1', "sh", errors, program, ...args],
      stdin: "null",
      env: { LC_ALL: "C", ...env },
      cwd: "/",
    });
    const { success } = await child.spawn().status;
    if (!success) throw new Error(`${program} failed: ${await Deno.readTextFile(errors)}`);
  } finally {
    await Deno.remove(errors);
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
