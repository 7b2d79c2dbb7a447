/** Time as the program sees it; a parameter everywhere, so that tests own it. */
export interface Clock {
  /** Wall time in epoch milliseconds. May step: only for what is shown or stored as a time. */
  now(): number;
  /** Milliseconds since some fixed moment. Never steps: for every duration and schedule. */
  monotonic(): number;
  /**
   * Resolves after `ms`, or at once when `signal` aborts. It never rejects: the caller looks at the signal, because
   * being told to stop is not an error here.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay a timer holds (2^31 − 1 ms); a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
      signal?.addEventListener("abort", done);
    });
  },
};
