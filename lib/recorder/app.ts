import { Hono } from "hono";
import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import { IPS_PATH, RECORDER_HEADER, RECORDER_HEADER_VALUE } from "../recorder_contract.ts";
import { type Handler, listIps, pingData, recordBatch, recordOne, registerIp, summary } from "./handlers.ts";
import { Problem, problemResponse } from "./problem.ts";
import { serveStatic, STATIC_PATHS } from "./static.ts";
import type { Store } from "./store.ts";

export interface AppOptions {
  readonly store: Store;
  readonly clock?: Clock;
  readonly log?: Log;
  /** The program's version, for `/healthz`. Default `dev`. */
  readonly version?: string;
}

/** A recorder as a function from Request to Response. It never rejects. */
export interface App {
  fetch(request: Request): Promise<Response>;
}

/** Every route with its methods; all others are 404, or 405 where the path is right. */
const ROUTES: Readonly<Record<string, { readonly GET?: Handler; readonly POST?: Handler }>> = {
  [IPS_PATH]: { GET: listIps, POST: registerIp },
  "/record-ping/:client": { POST: recordOne },
  "/record-pings/:client": { POST: recordBatch },
  "/ping-data": { GET: pingData },
  "/summary": { GET: summary },
  "/healthz": { GET: (_, { version }) => Response.json({ status: "ok", version }) },
  ...Object.fromEntries(STATIC_PATHS.map((path) => [path, { GET: serveStatic }])),
};

/** Headers of every answer, errors too. The page and its data come from this one origin and go nowhere else. */
const COMMON_HEADERS = {
  [RECORDER_HEADER]: RECORDER_HEADER_VALUE,
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Makes a recorder over a store. */
export function createApp({ store, clock = systemClock, log = silentLog, version = "dev" }: AppOptions): App {
  const hono = new Hono();
  const context = { store, clock, version };
  for (const [path, methods] of Object.entries(ROUTES)) {
    for (const [method, handler] of Object.entries(methods)) {
      hono.on(method, path, (c) => handler(refuseForeignPages(c.req.raw), context));
    }
    const allow = Object.keys(methods).map((method) => method === "GET" ? "GET, HEAD" : method).join(", ");
    hono.all(path, ({ req }) => {
      throw new Problem(405, `Cannot ${req.method} this path: the method must be one of ${allow}`, { allow });
    });
  }
  hono.notFound(() => problemResponse(new Problem(404, "Cannot find this path")));
  hono.onError((error, { req }) => problemResponse(toProblem(error, req.raw, log)));
  return {
    async fetch(request) {
      let response: Response;
      try {
        response = await hono.fetch(request);
      } catch (error) {
        response = problemResponse(toProblem(error, request, log));
      }
      for (const [key, value] of Object.entries(COMMON_HEADERS)) response.headers.set(key, value);
      return response;
    },
  };
}

/**
 * Any page in a browser on this machine can post to localhost, and the loopback address is this recorder's only guard.
 * Browsers say where a request comes from; clients that are no browsers do not send the header.
 */
function refuseForeignPages(request: Request): Request {
  const site = request.headers.get("sec-fetch-site");
  if (request.method === "POST" && (site === "cross-site" || site === "same-site")) {
    throw new Problem(403, "Cannot take this from a page of another origin");
  }
  return request;
}

function toProblem(error: unknown, { method, url }: Request, log: Log): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  log.error("Cannot answer {method} {path}: {reason}", { method, path: new URL(url).pathname, reason });
  return new Problem(500, "Cannot answer: the recorder has met an error of its own, which its log names");
}
