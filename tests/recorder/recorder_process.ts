import { serveRecorder } from "../../lib/recorder/serve.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";

// A recorder over a file, as a process of its own that a test may kill: FILE [MAX_TAIL].
const [path = "", maxTail] = Deno.args;
const store = openSqliteStore({ path, ...maxTail === undefined ? {} : { maxTail: Number(maxTail) } });
const { port } = serveRecorder({ port: 0, store });
await Deno.stdout.write(new TextEncoder().encode(`port ${port}\n`));
