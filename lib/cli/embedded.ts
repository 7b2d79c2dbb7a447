import about from "../../deno.json" with { type: "json" };
import type { Clock } from "../clock.ts";
import { DEFAULT_RECORDER } from "../config.ts";
import type { Log } from "../log.ts";
import { CannotListenError, serveRecorder } from "../recorder/serve.ts";
import { openSqliteStore } from "../recorder/sqlite.ts";

export interface EmbeddedRecorder {
  /** Stops serving and forgets the history. */
  close(): Promise<void>;
}

/**
 * Hosts a recorder on the default address, loopback only, history in memory.
 * @returns undefined where something listens there already: that is taken for a recorder
 */
export async function hostRecorder({ clock, log }: { clock: Clock; log: Log }): Promise<EmbeddedRecorder | undefined> {
  const { hostname, port } = new URL(DEFAULT_RECORDER);
  if (await isListening(hostname, Number(port))) return undefined;
  const store = openSqliteStore({ path: ":memory:", clock });
  try {
    const over = new AbortController();
    const served = { store, clock, log, version: about.version, signal: over.signal };
    const server = serveRecorder({ hostname: "127.0.0.1", port: Number(port), ...served });
    log.info("no recorder at {url}: hosting one; the page is {url}/ (history in memory, 24 h)", {
      url: DEFAULT_RECORDER,
    });
    return {
      async close() {
        over.abort();
        await server.finished;
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    // Another client was faster: its recorder is as good.
    if (error instanceof CannotListenError && error.inUse) return undefined;
    throw error;
  }
}

async function isListening(hostname: string, port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}
