import { type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import type { Courier } from "./drain.ts";
import type { Verdict } from "./verdict.ts";

export interface SpanOptions {
  /** Default: the tracer of the process, which does nothing unless OpenTelemetry is on. */
  readonly tracer?: Tracer;
}

/**
 * A courier whose every delivery is a span `deliver`: how many results it had, how many were taken, refused and kept,
 * and why. The requests that it makes are spans below it, where the runtime makes such.
 */
export function withSpans(courier: Courier, { tracer = trace.getTracer("ping-client") }: SpanOptions = {}): Courier {
  return {
    get maxBatch() {
      return courier.maxBatch;
    },
    get stampsOnArrival() {
      return courier.stampsOnArrival;
    },
    connect: (signal) => courier.connect(signal),
    deliver(results, signal) {
      const options = { kind: SpanKind.PRODUCER, attributes: { "ping_client.results": results.length } };
      return tracer.startActiveSpan("deliver", options, async (span) => {
        try {
          const verdicts = await courier.deliver(results, signal);
          describe(span, verdicts);
          return verdicts;
        } finally {
          span.end();
        }
      });
    },
  };
}

function describe(span: Span, verdicts: readonly Verdict[]): void {
  const counts = { accept: 0, reject: 0, keep: 0 };
  let wrong: string | undefined;
  for (const verdict of verdicts) {
    counts[verdict.verdict]++;
    if (verdict.verdict !== "accept") wrong ??= verdict.reason;
  }
  span.setAttributes({
    "ping_client.accepted": counts.accept,
    "ping_client.rejected": counts.reject,
    "ping_client.kept": counts.keep,
  });
  if (wrong !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: wrong });
}
