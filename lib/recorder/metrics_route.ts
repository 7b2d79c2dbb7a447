import { type Clock, systemClock } from "../clock.ts";
import { doubling, MetricSet, type MetricSetOptions } from "../metrics/metric_set.ts";
import type { Observe } from "../metrics/series_histogram.ts";
import { type BatchAnswer, RECORDER_HEADER, RECORDER_HEADER_VALUE } from "../recorder_contract.ts";
import type { App } from "./app.ts";
import { admit, type GuardOptions } from "./guard.ts";
import { Problem, problemResponse } from "./problem.ts";
import { historyRoutes } from "./routes/history.ts";
import { ipRoutes } from "./routes/ips.ts";
import { liveRoutes } from "./routes/live.ts";
import { recordRoutes } from "./routes/record.ts";
import { STATIC_PATHS } from "./static.ts";
import type { Store } from "./store.ts";

export interface RecorderMetricsOptions extends GuardOptions, Pick<MetricSetOptions, "meter"> {
  readonly store: Pick<Store, "listSeries">;
  readonly clock?: Clock;
  /** The program's version. Default `dev`. */
  readonly version?: string;
  /** How large the database is on disk, where that is known. */
  readonly databaseBytes?: () => Promise<number | undefined>;
}

/** A recorder that counts what it does and answers `GET /metrics`. */
export interface MeasuredApp extends App {
  /** The names of all metrics. */
  readonly metricNames: readonly string[];
}

export const METRICS_PATH = "/metrics";

/** Any path can be asked for, but only so many series may come of it. */
const OTHER = "(other)";
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);
/** From 0.5 ms, doubling to 16 s. */
const DURATION_BUCKETS = doubling(0.5e-3, 16);

const ONE_PATH = "/record-ping/:client";
const BATCH_PATH = "/record-pings/:client";

const KNOWN = [...ipRoutes, ...recordRoutes, ...historyRoutes, ...liveRoutes].map(({ path }) => path);
const EXACT: ReadonlySet<string> = new Set([...KNOWN, ...STATIC_PATHS, "/openapi.json", METRICS_PATH]);
const PATTERNS = [...new Set(KNOWN)].filter((path) => path.includes(":")).map((path) => ({
  route: path.replace(/\{[^}]*\}/g, ""),
  pattern: new RegExp(`^${path.replace(/:\w+(\{[^}]*\})?/g, "[^/]+")}$`),
}));

/** Wraps a recorder: counts its requests and the results in them, and adds `/metrics` for whoever may read. */
export function withMetrics(app: App, options: RecorderMetricsOptions): MeasuredApp {
  const { clock = systemClock } = options;
  const books = new Books(options);
  return {
    metricNames: books.set.names,
    close: () => app.close(),
    async fetch(request) {
      const began = clock.monotonic();
      const route = routeOf(new URL(request.url).pathname);
      const response = route === METRICS_PATH ? await showMetrics(request, books, options) : await app.fetch(request);
      await books.count(request.method, route, response, (clock.monotonic() - began) / 1000);
      return response;
    },
  };
}

async function showMetrics(request: Request, { set }: Books, options: GuardOptions): Promise<Response> {
  const response = await answer();
  response.headers.set(RECORDER_HEADER, RECORDER_HEADER_VALUE);
  response.headers.set("x-content-type-options", "nosniff");
  return response;

  async function answer(): Promise<Response> {
    try {
      admit(request, "read", options);
      if (request.method !== "GET" && request.method !== "HEAD") {
        throw new Problem(405, `Cannot ${request.method} this path: the method must be one of GET, HEAD`, {
          allow: "GET, HEAD",
        });
      }
      return new Response(await set.text(), {
        headers: { "content-type": set.contentType, "cache-control": "no-store" },
      });
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error);
      return problemResponse(new Problem(500, "Cannot answer: the recorder can't read its own figures"));
    }
  }
}

/** A path as a label: the route that it belongs to. */
export function routeOf(pathname: string): string {
  if (EXACT.has(pathname)) return pathname;
  return PATTERNS.find(({ pattern }) => pattern.test(pathname))?.route ?? OTHER;
}

/** What the recorder has done so far. */
class Books {
  readonly set: MetricSet;
  readonly #requests = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  readonly #durations = new Map<string, Observe>();
  readonly #duration: (route: string) => Observe;
  readonly #results = { received: 0, duplicates: 0, rejected: 0 };

  constructor({ store, version = "dev", databaseBytes, meter }: RecorderMetricsOptions) {
    const set = new MetricSet({ scope: "ping-recorder", ...(meter === undefined ? {} : { meter }) });
    this.set = set;
    const results = this.#results;
    set.counter(
      { name: "ping_recorder_results_received_total", help: "Results that clients have sent." },
      () => [{ value: results.received }],
    );
    set.counter(
      { name: "ping_recorder_results_duplicate_total", help: "Results among them that were stored already." },
      () => [{ value: results.duplicates }],
    );
    set.counter(
      { name: "ping_recorder_results_rejected_total", help: "Results among them that were refused." },
      () => [{ value: results.rejected }],
    );
    set.counter({
      name: "ping_recorder_requests_total",
      help: "Requests that were answered.",
      labels: ["route", "method", "status"],
    }, () => this.#requests.values());
    const duration = set.histogram({
      name: "ping_recorder_request_duration_seconds",
      help: "Time until the answer began.",
      labels: ["route"],
      buckets: DURATION_BUCKETS,
    });
    this.#duration = (route) => duration.series({ route });
    set.gauge(
      { name: "ping_recorder_series", help: "Targets of clients that are registered." },
      async () => [{ value: (await store.listSeries()).length }],
    );
    set.gauge({ name: "ping_recorder_database_bytes", help: "Size of the database on disk." }, async () => {
      const value = await databaseBytes?.();
      return value === undefined ? [] : [{ value }];
    });
    const labels = { version, deno: Deno.version.deno, os: Deno.build.os, arch: Deno.build.arch };
    set.gauge(
      { name: "ping_recorder_build_info", help: "1, with what runs as labels.", labels: Object.keys(labels) },
      () => [{ labels, value: 1 }],
    );
  }

  async count(method: string, route: string, response: Response, seconds: number): Promise<void> {
    const labels = { route, method: METHODS.has(method) ? method : OTHER, status: String(response.status) };
    const key = Object.values(labels).join(" ");
    const tally = this.#requests.get(key) ?? { labels, value: 0 };
    tally.value++;
    this.#requests.set(key, tally);
    let observe = this.#durations.get(route);
    if (observe === undefined) this.#durations.set(route, observe = this.#duration(route));
    observe(seconds);
    if (method !== "POST") return;
    if (route === ONE_PATH) this.#countOne(response.status);
    if (route === BATCH_PATH && response.status === 200) await this.#countBatch(response);
  }

  #countOne(status: number): void {
    const { received, duplicates, rejected } = this.#results;
    const taken = status === 200 || status === 201;
    if (!taken && status !== 400 && status !== 404) return;
    this.#results.received = received + 1;
    if (status === 200) this.#results.duplicates = duplicates + 1;
    if (!taken) this.#results.rejected = rejected + 1;
  }

  /** The answer says what became of each result. */
  async #countBatch(response: Response): Promise<void> {
    const { accepted, duplicates, rejected } = await response.clone().json() as BatchAnswer;
    this.#results.received += accepted + duplicates + rejected.length;
    this.#results.duplicates += duplicates;
    this.#results.rejected += rejected.length;
  }
}
