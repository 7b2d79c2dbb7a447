import * as v from "valibot";
import { healthAnswer } from "../answers.ts";
import { Problem } from "../problem.ts";
import { eventsQuery } from "../requests.ts";
import type { Route, Services } from "../route.ts";
import { parseQuery } from "../validation.ts";

/** `GET /events?client` */
function events(request: Request, { hub }: Services): Response {
  const stream = hub.subscribe(parseQuery(eventsQuery, new URL(request.url).searchParams));
  if (stream === undefined) {
    throw new Problem(503, "Cannot listen: as many listen already as may", { "retry-after": "30" });
  }
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

const EVENTS =
  "`retry: 2000`, then `event: results` with an array of results, at most every 500 ms; `event: targets` " +
  "when the list of targets has changed; `event: missed` with a count where results were too many to send";

export const liveRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    access: "read",
    handler: events,
    doc: {
      summary: "Results as they come (server-sent events)",
      query: eventsQuery,
      answers: { 200: { description: EVENTS, schema: v.string(), type: "text/event-stream" } },
      problems: [400, 503],
    },
  },
  {
    method: "GET",
    path: "/healthz",
    access: "open",
    handler: (_, { version }) => Response.json({ status: "ok", version }),
    doc: {
      summary: "That the recorder runs",
      answers: { 200: { description: "It does", schema: healthAnswer } },
      problems: [],
    },
  },
];
