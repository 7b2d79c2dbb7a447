/** Dropping a little more than the surplus spares a search at each post: this part of the bound. */
const SLACK = 0.05;

/**
 * Holds a store to a number of results. It counts them by the second, so a drop takes whole seconds, oldest first; what
 * lies below `floorUs` no longer counts, and the store removes it when it finds time.
 */
export class ResultBound {
  readonly #max: number;
  readonly #counts = new Map<number, number>();
  #total = 0;
  /** Results before this are dropped, µs. */
  floorUs = -Infinity;

  constructor(max: number) {
    this.#max = max;
  }

  add(timeUs: number, count = 1): void {
    if (this.#max === Infinity) return;
    const second = Math.floor(timeUs / 1_000_000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + count);
    this.#total += count;
  }

  /** @returns whether `floorUs` has risen */
  enforce(): boolean {
    if (this.#total <= this.#max) return false;
    const before = this.floorUs;
    const aim = this.#max - Math.floor(this.#max * SLACK);
    for (const second of [...this.#counts.keys()].sort((a, b) => a - b)) {
      if (this.#total <= aim) break;
      this.#total -= this.#counts.get(second) ?? 0;
      this.#counts.delete(second);
      this.floorUs = Math.max(this.floorUs, (second + 1) * 1_000_000);
    }
    return this.floorUs > before;
  }

  /** What the retention no longer keeps does not count. */
  forgetBefore(timeUs: number): void {
    for (const [second, count] of this.#counts) {
      if ((second + 1) * 1_000_000 > timeUs) continue;
      this.#total -= count;
      this.#counts.delete(second);
    }
  }
}
