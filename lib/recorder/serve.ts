import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { type AppOptions, createApp } from "./app.ts";
import { isLoopbackName } from "./guard.ts";
import { keepMaintained } from "./maintenance.ts";
import { type RecorderMetricsOptions, withMetrics } from "./metrics_route.ts";

export interface ServeOptions extends Omit<AppOptions, "isKnownHost">, Pick<RecorderMetricsOptions, "databaseBytes"> {
  /** Default 127.0.0.1: only this machine. */
  readonly hostname?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Certificate chain and private key, both PEM: then HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Stops the recorder. The store stays open: it is the caller's. */
  readonly signal?: AbortSignal;
}

/** A recorder that listens. */
export interface Serving {
  readonly hostname: string;
  /** The real port, also where 0 was asked for. */
  readonly port: number;
  /** Resolves once the listener and all its connections are closed, and nothing of it uses the store any more. */
  readonly finished: Promise<void>;
}

/** The address can't be listened on. */
export class CannotListenError extends Error {
  override readonly name = "CannotListenError";
  constructor(
    readonly hostname: string,
    readonly port: number,
    reason: string,
    /** Another program listens there. */
    readonly inUse: boolean,
    options?: ErrorOptions,
  ) {
    super(`Cannot listen on ${hostname} port ${port}: ${reason}`, options);
  }
}

/** How long requests under way may take when the recorder stops, in ms. */
const FINISH_MS = 2000;

/**
 * Starts a recorder over HTTP. To stop it answers new requests with 503, ends the streams of `/events`, gives what is
 * under way 2 s, and closes every connection.
 * @throws {CannotListenError} when the address is taken, not this machine's, or needs a privilege
 */
export function serveRecorder({ hostname = "127.0.0.1", port, tls, signal, ...appOptions }: ServeOptions): Serving {
  const { clock = systemClock, log = silentLog, store, writeTokens, readTokens } = appOptions;
  let onLoopback = true;
  const isOpen = writeTokens === undefined && readTokens === undefined;
  const isKnownHost = (name: string) => !onLoopback || isLoopbackName(name) || sameHost(name, hostname);
  const guarded = { ...appOptions, ...(isOpen ? { isKnownHost } : {}) };
  const app = withMetrics(createApp(guarded), guarded);
  const cut = new AbortController();
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const server = listen({
    hostname,
    port,
    ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
    signal: cut.signal,
    onListen() {},
    onError(error) {
      // An answer broke off: the reader was cut off, or the store failed in the middle.
      log.debug("an answer ended early: {reason}", { reason: error instanceof Error ? error.message : error });
      return new Response(null, { status: 500 });
    },
  }, (request, { completed }) => {
    const ended: Promise<unknown> = completed.catch(() => {}).then(() => underWay.delete(ended));
    underWay.add(ended);
    return app.fetch(request);
  });
  onLoopback = isLoopbackName(server.addr.hostname);
  const maintenance = keepMaintained({ store, clock, log, signal: stopping.signal });

  const gaveUp = Promise.withResolvers<void>();
  async function stop(): Promise<void> {
    stopping.abort();
    app.close();
    const over = new AbortController();
    const late = clock.sleep(FINISH_MS, over.signal).then(() => "late" as const);
    const first = await Promise.race([Promise.all(underWay), late]);
    // Deno offers two ends: one that flushes what was answered, and one that breaks off. After the first the second
    // would throw where nobody can catch it, so a connection that hangs even then is left to the end of the process.
    if (first === "late") cut.abort();
    else if (await Promise.race([server.shutdown(), late]) === "late") gaveUp.resolve();
    over.abort();
  }
  const onStop = () => void stop();
  if (signal?.aborted) onStop();
  else signal?.addEventListener("abort", onStop, { once: true });
  const finished = Promise.race([server.finished, gaveUp.promise]).then(() => maintenance);
  return { hostname: server.addr.hostname, port: server.addr.port, finished };
}

function listen(
  options: Deno.ServeTcpOptions & Partial<Deno.TlsCertifiedKeyPem>,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  const { hostname = "", port = 0 } = options;
  try {
    return Deno.serve(options, handler);
  } catch (error) {
    const inUse = error instanceof Deno.errors.AddrInUse;
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new CannotListenError(hostname, port, reason, inUse, { cause: error });
  }
}

/** Why an address can't be listened on; undefined where it is something else. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) return "the address is already in use";
  if (error instanceof Deno.errors.AddrNotAvailable) return "the address is not one of this machine";
  if (error instanceof Deno.errors.NotCapable) return "this needs the permission --allow-net";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not listen on that port";
  const text = error instanceof Error ? error.message : String(error);
  if (/lookup|resolve|name or service/i.test(text)) return "the host name has no address";
  return /\(os error \d+\)/.test(text) ? text.replace(/\s*\(os error \d+\)/, "").toLowerCase() : undefined;
}

function sameHost(a: string, b: string): boolean {
  return a.replace(/^\[(.*)\]$/, "$1").toLowerCase() === b.toLowerCase();
}
