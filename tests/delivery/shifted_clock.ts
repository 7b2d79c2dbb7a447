import { type Clock, systemClock } from "../../lib/clock.ts";

/** The machine's clock, moved: `shiftMs` makes hours pass in seconds while timers and the network stay real. */
export interface ShiftedClock extends Clock {
  shiftMs: number;
}

/** @param backMs how far in the past it begins */
export function createShiftedClock(backMs: number): ShiftedClock {
  return {
    shiftMs: -backMs,
    now() {
      return systemClock.now() + this.shiftMs;
    },
    monotonic() {
      return systemClock.monotonic() + this.shiftMs + backMs;
    },
    sleep: systemClock.sleep,
  };
}
