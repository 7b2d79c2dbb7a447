import { createNoopMeter, metrics } from "@opentelemetry/api";

/** Whether this process sends OpenTelemetry: Deno does where `OTEL_DENO=true`, and registers itself with the API. */
export function hasTelemetry(): boolean {
  return metrics.getMeter("ping-client") !== createNoopMeter();
}
