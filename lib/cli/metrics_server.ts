import { UsageError } from "../config.ts";
import type { Log } from "../log.ts";
import { createMetricsApp, type Shown } from "../metrics/app.ts";
import { AddressInUseError } from "../recorder/serve.ts";
import { readListen } from "./options.ts";

export interface MetricsServer {
  close(): Promise<void>;
}

/**
 * Serves metrics and health where `--metrics` says.
 * @throws {UsageError} for what is no address, or one that is not this box's
 * @throws {AddressInUseError} when another program listens there
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
    if (error instanceof Deno.errors.AddrInUse) throw new AddressInUseError(hostname, port, { cause: error });
    const reason = error instanceof Error ? error.message.replace(/\s*\(os error \d+\)/, "") : String(error);
    throw new UsageError(`option --metrics '${address}': cannot listen there: ${reason}`, { cause: error });
  }
}
