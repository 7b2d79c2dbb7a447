import { Hono } from "hono";
import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import { RECORDER_HEADER, RECORDER_HEADER_VALUE } from "../recorder_contract.ts";
import { EventHub } from "./event_hub.ts";
import { admit, type GuardOptions } from "./guard.ts";
import { createMemoryFeed, type LiveFeed } from "./live.ts";
import { openApiDocument } from "./openapi.ts";
import { Problem, problemResponse } from "./problem.ts";
import type { Method, Route, Services } from "./route.ts";
import { historyRoutes } from "./routes/history.ts";
import { ipRoutes } from "./routes/ips.ts";
import { liveRoutes } from "./routes/live.ts";
import { recordRoutes } from "./routes/record.ts";
import { serveStatic, STATIC_PATHS } from "./static.ts";
import { type Store, StoreAwayError } from "./store.ts";

export interface AppOptions extends GuardOptions {
  readonly store: Store;
  readonly clock?: Clock;
  readonly log?: Log;
  /** The program's version, for `/healthz`. Default `dev`. */
  readonly version?: string;
  /** Carries results to `/events`. Default: within this process. */
  readonly live?: LiveFeed;
  /** At most this many listen to `/events`. Default 200. */
  readonly maxSubscribers?: number;
}

/** A recorder as a function from Request to Response. It never rejects. */
export interface App {
  fetch(request: Request): Promise<Response>;
  /** Ends the streams of `/events` and answers 503 from now on; the store stays open. */
  close(): void;
}

const API: readonly Route[] = [...ipRoutes, ...recordRoutes, ...historyRoutes, ...liveRoutes];
const PAGE: readonly Route[] = STATIC_PATHS.map((path) => ({
  method: "GET",
  path,
  access: "read",
  handler: serveStatic,
}));

/** Headers of every answer, errors too. The page and its data come from this one origin and go nowhere else. */
const COMMON_HEADERS = {
  [RECORDER_HEADER]: RECORDER_HEADER_VALUE,
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const STOPPING = new Problem(503, "Cannot answer: the recorder is stopping", {
  "retry-after": "1",
  connection: "close",
});

/** For a store that is away: clients keep their results and come back. */
const AWAY = new Problem(503, "Cannot answer: the history can't be reached for now; nothing is lost, try again", {
  "retry-after": "3",
});

/** That the store is away is said at most so often, ms. */
const SAY_AWAY_EVERY_MS = 30_000;

/** Makes a recorder over a store. Every path has its routes; all others are 404, or 405 where the path is right. */
export function createApp(options: AppOptions): App {
  const { store, clock = systemClock, log = silentLog, version = "dev", live = createMemoryFeed() } = options;
  const hub = new EventHub({ feed: live, store, clock, log, ...limitsOf(options) });
  const services: Services = { store, clock, log, version, live, hub };
  const hono = new Hono();
  let saidAwayAt = -Infinity;
  const problemOf = (error: unknown, request: Request): Problem => {
    if (!(error instanceof StoreAwayError)) return toProblem(error, request, log);
    if (clock.monotonic() - saidAwayAt >= SAY_AWAY_EVERY_MS) {
      saidAwayAt = clock.monotonic();
      log.warn("{reason}: answering 503 until it is back", { reason: error.message });
    }
    return AWAY;
  };
  for (const [path, routes] of byPath([...API, documentRoute(version), ...PAGE])) {
    for (const { method, access, handler } of routes) {
      hono.on(method, path, ({ req }) => handler(req.raw, services, admit(req.raw, access, options)));
    }
    const allow = allowed(routes.map(({ method }) => method));
    hono.all(path, ({ req }) => {
      throw new Problem(405, `Cannot ${req.method} this path: the method must be one of ${allow}`, { allow });
    });
  }
  hono.notFound(() => problemResponse(new Problem(404, "Cannot find this path")));
  hono.onError((error, { req }) => problemResponse(problemOf(error, req.raw)));
  let closed = false;
  return {
    async fetch(request) {
      let response: Response;
      try {
        response = closed ? problemResponse(STOPPING) : await hono.fetch(request);
      } catch (error) {
        response = problemResponse(problemOf(error, request));
      }
      for (const [key, value] of Object.entries(COMMON_HEADERS)) response.headers.set(key, value);
      return response;
    },
    close() {
      closed = true;
      hub.close();
    },
  };
}

/** `GET /openapi.json`; made when it is first asked for. */
function documentRoute(version: string): Route {
  let text: string | undefined;
  return {
    method: "GET",
    path: "/openapi.json",
    access: "open",
    handler() {
      text ??= JSON.stringify(openApiDocument(API, version));
      return new Response(text, { headers: { "content-type": "application/json" } });
    },
  };
}

function byPath(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  return Map.groupBy(routes, ({ path }) => path);
}

function allowed(methods: readonly Method[]): string {
  return methods.map((method) => method === "GET" ? "GET, HEAD" : method).join(", ");
}

function limitsOf({ maxSubscribers }: AppOptions): { maxSubscribers?: number } {
  return maxSubscribers === undefined ? {} : { maxSubscribers };
}

function toProblem(error: unknown, { method, url }: Request, log: Log): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  log.error("Cannot answer {method} {path}: {reason}", { method, path: new URL(url).pathname, reason });
  return new Problem(500, "Cannot answer: the recorder has met an error of its own, which its log names");
}
