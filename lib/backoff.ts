export interface BackoffOptions {
  /** The ceiling of the first wait. Default 500 ms. */
  readonly baseMs?: number;
  /** No wait is longer than this. Default 30,000 ms. */
  readonly capMs?: number;
  /** A number from 0 to 1, as `Math.random`. */
  readonly random?: () => number;
}

/** Waits that grow while something stays broken. */
export interface Backoff {
  /** The next wait in ms: anything from 0 to a ceiling that doubles each time ("full jitter"). */
  next(): number;
  /** It works again: the next wait is short. */
  reset(): void;
}

/**
 * Exponential backoff with full jitter: many boxes that lost the same recorder must not come back in step.
 * Source of the form: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function createBackoff({ baseMs = 500, capMs = 30_000, random = Math.random }: BackoffOptions = {}): Backoff {
  let ceiling = baseMs;
  return {
    next() {
      const wait = random() * ceiling;
      ceiling = Math.min(capMs, ceiling * 2);
      return wait;
    },
    reset() {
      ceiling = baseMs;
    },
  };
}
