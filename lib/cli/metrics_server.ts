import type { Log } from "../log.ts";
import { createMetricsApp, type Shown } from "../metrics/app.ts";
import { CannotListenError } from "../recorder/serve.ts";
import { readListen } from "./options.ts";

export interface MetricsServer {
  close(): Promise<void>;
}

/**
 * Serves metrics and health where `--metrics` says.
 * @throws {UsageError} for what is no address
 * @throws {CannotListenError} when another program listens there, or it is not this box's
 */
export function serveMetrics(address: string, shown: Shown, { log }: { readonly log: Log }): MetricsServer {
  const { hostname, port } = readListen(address, "--metrics");
  const app = createMetricsApp(shown);
  try {
    const server = Deno.serve({ hostname, port, onListen() {} }, app);
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    log.info("metrics are at http://{host}:{port}/metrics, health at /healthz and /readyz", {
      host,
      port: server.addr.port,
    });
    return { close: () => server.shutdown() };
  } catch (error) {
    const inUse = error instanceof Deno.errors.AddrInUse;
    const reason = error instanceof Error
      ? error.message.replace(/\s*\(os error \d+\)/, "").toLowerCase()
      : String(error);
    throw new CannotListenError(hostname, port, reason, inUse, { cause: error });
  }
}
