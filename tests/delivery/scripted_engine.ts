import type { Engine } from "../../lib/engine.ts";
import type { PingResult } from "../../lib/result.ts";

/** An engine that gives what a generator gives: delivery is tested with results that it can count. */
export function scriptedEngine(results: (signal: AbortSignal) => AsyncIterable<PingResult>): Engine {
  return {
    name: "scripted",
    watch: (_, { signal }) => ({ update() {}, [Symbol.asyncIterator]: () => results(signal)[Symbol.asyncIterator]() }),
  };
}
