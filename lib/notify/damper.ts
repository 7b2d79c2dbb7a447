import type { Change } from "./health.ts";

/** What is told of a target that changes to and fro. */
export interface Told extends Change {
  /** How often it changed since it was last told about; only where it flaps. */
  readonly changes?: number;
}

/** A target that flaps is told about this often at most. */
export const QUIET_MS = 600_000;
/** So many changes are told within that time: an outage and its end. The next one says that it flaps. */
const CALM_CHANGES = 2;

/**
 * Holds back what a flapping target would say. The third change within 10 minutes is told with a count, and from then on
 * one in 10 minutes, the latest, with the count of all since; after 10 minutes without a change it is calm again.
 */
export class Damper {
  /** When the latest changes were told. */
  #told: number[] = [];
  #flapping = false;
  #held: Change | undefined;
  #count = 0;

  /**
   * To be called for every result, so that what was held back is told in time.
   * @param change what this result changed, if anything
   * @param now milliseconds of a clock that never steps
   */
  take(change: Change | undefined, now: number): Told | undefined {
    this.#told = this.#told.filter((at) => now - at < QUIET_MS);
    if (change !== undefined) {
      this.#held = change;
      this.#count++;
    }
    if (this.#told.length === 0 && this.#held === undefined) this.#flapping = false;
    if (this.#held === undefined) return undefined;
    if (this.#flapping && this.#told.length > 0) return undefined;
    const flaps = this.#flapping || this.#told.length >= CALM_CHANGES;
    return this.#tell(this.#held, now, flaps);
  }

  #tell(change: Change, now: number, flaps: boolean): Told {
    const changes = this.#flapping ? this.#count : this.#told.length + 1;
    // Once it flaps only the latest telling counts.
    this.#told = flaps ? [now] : [...this.#told, now];
    this.#flapping = flaps;
    this.#held = undefined;
    this.#count = 0;
    return flaps ? { ...change, changes } : change;
  }
}
