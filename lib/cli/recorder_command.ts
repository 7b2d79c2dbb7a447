import about from "../../deno.json" with { type: "json" };
import { systemClock } from "../clock.ts";
import { UsageError } from "../config.ts";
import { setUpLog } from "../log.ts";
import { isLoopbackName } from "../recorder/guard.ts";
import { formatRetention } from "../recorder/retention.ts";
import { CannotListenError, type ServeOptions, serveRecorder, type Serving } from "../recorder/serve.ts";
import { colorsLog } from "./display.ts";
import { type CliIo, EXIT } from "./io.ts";
import { openStore, readRetention } from "./open_store.ts";
import { readListen, settingsOf } from "./options.ts";
import { readTls, type TlsFiles } from "./read_tls.ts";
import { readTokenFiles } from "./read_tokens.ts";

/** `ping-client recorder`: serves until it is told to stop. */
export async function recorderCommand(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<number> {
  const { log: format, logLevel: level, color } = settingsOf(options);
  const text = (key: string) => options[key] === undefined ? undefined : String(options[key]);
  const listen = readListen(text("listen"));
  const db = text("db");
  const retention = readRetention(text("retention"), db);
  const tls = await readTls(text("tlsCert"), text("tlsKey"));
  const tokens = await readTokenFiles({ write: text("tokenFile"), read: text("readTokenFile") }, io);
  const log = setUpLog({ format, level, color: colorsLog(color, io), clock: systemClock, write: io.err });
  const store = await openStore({ db, retention, clock: systemClock, log });
  try {
    const server = serve({
      ...listen,
      ...tokens,
      ...(tls === undefined ? {} : { tls }),
      store,
      ...(db === undefined ? {} : { databaseBytes: () => fileBytes(db) }),
      clock: systemClock,
      log,
      version: about.version,
      signal: io.stop,
    }, tls);
    if (tokens.writeTokens === undefined && !isLoopbackName(server.hostname)) {
      log.warn("everybody who reaches {hostname} port {port} may write and delete: use --token-file", {
        hostname: server.hostname,
        port: server.port,
      });
    }
    const host = listen.hostname.includes(":") ? `[${listen.hostname}]` : listen.hostname;
    log.info("recorder listens; the page is {scheme}://{host}:{port}/ (history in {place}, {retention})", {
      scheme: tls === undefined ? "http" : "https",
      host,
      port: server.port,
      place: db ?? "memory",
      retention: formatRetention(retention),
    });
    await server.finished;
    log.info("recorder stopped");
    return EXIT.ok;
  } finally {
    await store.close();
    log.close();
  }
}

/** The database and what SQLite keeps beside it until it is folded in. */
async function fileBytes(db: string): Promise<number> {
  const sizes = await Promise.all([db, `${db}-wal`].map((path) => Deno.stat(path).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function serve(options: ServeOptions, tls: TlsFiles | undefined): Serving {
  try {
    return serveRecorder(options);
  } catch (error) {
    if (tls === undefined || error instanceof CannotListenError) throw error;
    // Only when it listens does Deno look into the certificate and the key; what is wrong then has many classes.
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `Cannot use --tls-cert '${tls.certFile}' with --tls-key '${tls.keyFile}': ${reason}`,
      { cause: error },
    );
  }
}
