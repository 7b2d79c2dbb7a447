/** The titles of RFC 9110 for the statuses that a recorder answers with. */
export const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const PROBLEM_TYPE = "application/problem+json";

/** Thrown by a handler to end with an error answer; its message is shown to the caller, so it holds no internals. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(readonly status: number, detail: string, readonly headers: Readonly<Record<string, string>> = {}) {
    super(detail);
  }
}

/** An error answer as RFC 9457 has it. */
export function problemResponse({ status, message, headers }: Problem): Response {
  const body = { type: "about:blank", title: TITLES[status] ?? "Error", status, detail: message };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...headers },
  });
}
