// A recorder over a file that a test kills. Arguments: port, database file.
import { serveRecorder } from "../../lib/recorder/serve.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";

const [port = "", path = ""] = Deno.args;
serveRecorder({ port: Number(port), store: openSqliteStore({ path }) });
Deno.stdout.writeSync(new TextEncoder().encode("recorder listens\n"));
