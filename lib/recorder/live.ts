import type { Cause } from "../recorder_contract.ts";

/** A result that was just stored. */
export interface LiveResult {
  readonly client: string;
  readonly ip: string;
  readonly name?: string;
  /** When the ping was sent, epoch ms. */
  readonly atMs: number;
  readonly latencyMs: number | null;
  readonly cause?: Cause;
}

/** What pages want to hear: results, or that the list of targets has changed. */
export type LiveEvent =
  | { readonly kind: "results"; readonly results: readonly LiveResult[] }
  | { readonly kind: "targets" };

export type LiveListener = (event: LiveEvent) => void;

/**
 * Carries what is stored to whoever listens. Best effort: what is lost here is still in the store. With one process it
 * is this file's; recorders that share a store need one that reaches all of them.
 */
export interface LiveFeed {
  publish(event: LiveEvent): void;
  /** @returns ends the subscription */
  subscribe(listener: LiveListener): () => void;
}

/** A feed within this process. */
export function createMemoryFeed(): LiveFeed {
  const listeners = new Set<LiveListener>();
  return {
    publish(event) {
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
