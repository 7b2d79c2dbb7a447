import * as v from "valibot";
import { CAUSES } from "../recorder_contract.ts";

// What the recorder answers: the types of the handlers and the OpenAPI document come from here.

const time = v.pipe(v.string(), v.metadata({ format: "date-time" }));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const fraction = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)));
const ms = v.nullable(v.pipe(v.number(), v.minValue(0)));
const cause = v.picklist(CAUSES);
const target = { client: v.string(), ip: v.string(), name: v.optional(v.string()) };

export const problemAnswer = v.object({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  detail: v.string(),
});

export const healthAnswer = v.object({ status: v.literal("ok"), version: v.string() });

export const registeredAnswer = v.object(target);
export const targetAnswer = v.object({ id: count, ...target, created_at: time });
export const targetsAnswer = v.array(targetAnswer);

export const recordedAnswer = v.object({ status: v.picklist(["accepted", "duplicate"]) });
export const batchAnswer = v.object({
  accepted: count,
  duplicates: count,
  rejected: v.array(v.object({ index: count, reason: v.string() })),
});

export const pingDataAnswer = v.array(v.object({
  device: v.pipe(v.string(), v.description("The name, or the ip where there is none.")),
  ip: v.string(),
  client: v.string(),
  pings: v.array(v.object({ latency_ms: ms, timestamp: time })),
}));

export const seriesAnswer = v.object({
  ...target,
  start: time,
  end: time,
  step_ms: v.pipe(v.number(), v.minValue(1), v.description("How long one point is.")),
  source: v.pipe(v.string(), v.description("raw, or the width of the roll-up that was read: 1m, 1h, …")),
  points: v.pipe(
    v.array(v.object({
      time,
      count,
      replies: count,
      lost: count,
      failed: count,
      loss: fraction,
      min: ms,
      p5: ms,
      median: ms,
      p95: ms,
      max: ms,
      mean: ms,
    })),
    v.description("Empty points are left out: a gap is a gap."),
  ),
});

const window = v.object({ replies: count, lost: count, failed: count, loss: fraction, median: ms, p95: ms });

export const summaryAnswer = v.array(v.object({
  id: count,
  ...target,
  state: v.picklist(["up", "down", "unmeasured", "silent", "new"]),
  since: v.nullable(time),
  last: v.nullable(v.object({ time, latency_ms: ms, cause: v.optional(cause) })),
  windows: v.object({ "5m": window, "1h": window, "24h": window }),
  recent: v.pipe(
    v.array(v.union([v.number(), v.null(), v.literal("f")])),
    v.description("The newest results, oldest first; f was not measured."),
  ),
}));

export const outagesAnswer = v.object({
  outages: v.array(v.object({
    ...target,
    kind: v.picklist(["target-down", "not-measured", "client-silent"]),
    start: time,
    end: v.nullable(time),
    length_s: v.pipe(v.number(), v.minValue(0)),
    cause: v.nullable(cause),
    lost: count,
    failed: count,
    also_down: v.array(v.string()),
    up_for: v.array(v.string()),
  })),
});

/** One line of `/export.ndjson`. */
export const exportRow = v.object({
  time,
  client: v.string(),
  ip: v.string(),
  name: v.optional(v.string()),
  latency_ms: ms,
  cause: v.optional(cause),
});

/** One element of what `/events` sends as `event: results`. */
export const liveResult = v.object({ id: count, ...exportRow.entries });
