import about from "../../deno.json" with { type: "json" };
import { systemClock } from "../clock.ts";
import { setUpLog } from "../log.ts";
import { serveRecorder } from "../recorder/serve.ts";
import { openSqliteStore } from "../recorder/sqlite.ts";
import { type CliIo, EXIT } from "./io.ts";
import { readListen, settingsOf } from "./options.ts";

/** `ping-client recorder`: serves until it is told to stop. */
export async function recorderCommand(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<number> {
  const { log: format, logLevel: level } = settingsOf(options);
  const listen = readListen(options.listen === undefined ? undefined : String(options.listen));
  const log = setUpLog({ format, level, write: io.err });
  const store = openSqliteStore({ path: ":memory:", clock: systemClock });
  try {
    const server = serveRecorder({
      ...listen,
      store,
      clock: systemClock,
      log,
      version: about.version,
      signal: io.stop,
    });
    const host = listen.hostname.includes(":") ? `[${listen.hostname}]` : listen.hostname;
    log.info("recorder listens; the page is http://{host}:{port}/ (history in memory, 24 h)", {
      host,
      port: server.port,
    });
    await server.finished;
    log.info("recorder stopped");
    return EXIT.ok;
  } finally {
    await store.close();
  }
}
