import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "./store.ts";

export interface MaintenanceOptions {
  readonly store: Pick<Store, "maintain">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How long from the end of one round of maintenance to the next, in ms. */
export const MAINTAIN_EVERY_MS = 60_000;

/** Lets the store tidy itself up now and then, until the signal. What goes wrong is logged, and tried again. */
export async function keepMaintained({ store, clock, log, signal }: MaintenanceOptions): Promise<void> {
  for (;;) {
    await clock.sleep(MAINTAIN_EVERY_MS, signal);
    if (signal.aborted) return;
    try {
      await store.maintain({ nowMs: clock.now() });
    } catch (error) {
      log.error("Cannot tidy up the history: {reason}", { reason: error instanceof Error ? error.message : error });
    }
  }
}
