import { type AppOptions, createApp } from "./app.ts";

export interface ServeOptions extends AppOptions {
  /** Default 127.0.0.1: only this machine. */
  readonly hostname?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Ends the recorder at once. The store stays open: it is the caller's. */
  readonly signal?: AbortSignal;
}

/** A recorder that listens. */
export interface Serving {
  readonly hostname: string;
  /** The real port, also where 0 was asked for. */
  readonly port: number;
  /** Resolves once the listener and all its connections are closed. */
  readonly finished: Promise<void>;
}

/** Something else listens at the address already. */
export class AddressInUseError extends Error {
  override readonly name = "AddressInUseError";
  constructor(readonly hostname: string, readonly port: number, options?: ErrorOptions) {
    super(`Cannot listen on ${hostname} port ${port}: the address is already in use`, options);
  }
}

/**
 * Starts a recorder over HTTP.
 * @throws {AddressInUseError} when another program listens there
 */
export function serveRecorder({ hostname = "127.0.0.1", port, signal, ...appOptions }: ServeOptions): Serving {
  const app = createApp(appOptions);
  try {
    const server = Deno.serve({ hostname, port, signal, onListen() {} }, (request) => app.fetch(request));
    return { hostname: server.addr.hostname, port: server.addr.port, finished: server.finished };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw new AddressInUseError(hostname, port, { cause: error });
    throw error;
  }
}
