import type { PingResult } from "../result.ts";
import type { AlertEvent } from "./alert.ts";

export interface HealthOptions {
  /** Rounds in a row that make a target down, or up again. Default 3. */
  readonly after?: number;
  /** Loss that is told, in percent of `LOSS_OVER` asked rounds. Default 20. */
  readonly lossPercent?: number;
}

/** A change of a target's health. */
export interface Change {
  readonly event: AlertEvent;
  readonly detail: string;
}

/** Asked rounds that loss is measured over. */
export const LOSS_OVER = 20;

/**
 * How one target is: `up`, `loss` or `down`. A `failed` round was not asked: it is as if it had not been. Loss that was
 * told is over when it has fallen to half of what is told, so that a value at the border says nothing more.
 */
export class Health {
  readonly #after: number;
  readonly #lossPercent: number;
  #state: AlertEvent = "up";
  #lost = 0;
  #replied = 0;
  /** The latest asked rounds since the target was down: true is lost. */
  #window: boolean[] = [];

  constructor({ after = 3, lossPercent = 20 }: HealthOptions = {}) {
    this.#after = after;
    this.#lossPercent = lossPercent;
  }

  get state(): AlertEvent {
    return this.#state;
  }

  /** @returns what changed by this result, if anything */
  add(result: PingResult): Change | undefined {
    if (result.outcome === "failed") return undefined;
    const lost = result.outcome === "lost";
    this.#lost = lost ? this.#lost + 1 : 0;
    this.#replied = lost ? 0 : this.#replied + 1;
    if (this.#state === "down") return this.#replied >= this.#after ? this.#backUp() : undefined;
    this.#window.push(lost);
    if (this.#window.length > LOSS_OVER) this.#window.shift();
    if (result.outcome === "lost" && this.#lost >= this.#after) return this.#down(result.cause);
    return this.#loss();
  }

  #down(cause: string): Change {
    this.#state = "down";
    return { event: "down", detail: `no answer in ${rounds(this.#lost)} (${cause})` };
  }

  #backUp(): Change {
    this.#state = "up";
    // The rounds of the outage were told as `down`: they must not be told again as loss.
    this.#window = [];
    return { event: "up", detail: `answers again, ${rounds(this.#replied)} in a row` };
  }

  #loss(): Change | undefined {
    const percent = this.#window.filter(Boolean).length / LOSS_OVER * 100;
    if (this.#window.length < LOSS_OVER) return undefined;
    const detail = `${percent} % of the last ${LOSS_OVER} rounds lost`;
    if (this.#state === "up" && percent >= this.#lossPercent) {
      this.#state = "loss";
      return { event: "loss", detail };
    }
    if (this.#state === "loss" && percent <= this.#lossPercent / 2) {
      this.#state = "up";
      return { event: "up", detail };
    }
    return undefined;
  }
}

function rounds(count: number): string {
  return count === 1 ? "1 round" : `${count} rounds`;
}
