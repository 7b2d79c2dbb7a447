/** What the endpoints show. */
export interface Shown {
  readonly contentType: string;
  text(): Promise<string>;
  /** Why it is not ready; empty where it is. */
  notReady(): readonly string[];
}

/** Headers of every answer: nothing here may be kept, and nothing is a page. */
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/**
 * Answers `GET /metrics` (Prometheus' text format), `/healthz` (200 while the process answers at all) and `/readyz`
 * (200, or 503 with the reasons).
 */
export function createMetricsApp(shown: Shown): (request: Request) => Promise<Response> {
  return async ({ method, url }) => {
    if (method !== "GET" && method !== "HEAD") {
      return answer(405, { status: "the method must be GET or HEAD" }, { allow: "GET, HEAD" });
    }
    switch (new URL(url).pathname) {
      case "/metrics":
        return new Response(await shown.text(), { headers: { ...HEADERS, "content-type": shown.contentType } });
      case "/healthz":
        return answer(200, { status: "alive" });
      case "/readyz": {
        const reasons = shown.notReady();
        return reasons.length === 0 ? answer(200, { status: "ready" }) : answer(503, { status: "not ready", reasons });
      }
      default:
        return answer(404, { status: "there are /metrics, /healthz and /readyz" });
    }
  };
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...HEADERS, ...headers } });
}
