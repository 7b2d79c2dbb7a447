import { setImmediate } from "node:timers";

/** So long a commit waits for more, ms. */
const GATHER_MS = 3;

/**
 * Gathers what arrives together into one commit. A commit waits for the disk, so those who wait for an answer share
 * one. Whoever was in the last commit is likely to come again now that it is answered: once as many wait, or after
 * `GATHER_MS`, they are stored. One who posts alone does not wait at all.
 */
export class CommitQueue<T> {
  readonly #commit: (items: readonly T[]) => void;
  #waiting: T[] = [];
  #lastGroup = 1;
  #due = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param commit must not throw */
  constructor(commit: (items: readonly T[]) => void) {
    this.#commit = commit;
  }

  push(item: T): void {
    this.#waiting.push(item);
    if (this.#waiting.length >= this.#lastGroup && !this.#due) {
      clearTimeout(this.#timer);
      this.#due = true;
      // After what the network has ready has been read.
      setImmediate(() => this.flush());
    } else if (this.#waiting.length === 1) {
      this.#timer = setTimeout(() => this.flush(), GATHER_MS);
    }
  }

  /** Commits at once what waits. */
  flush(): void {
    const items = this.#waiting;
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#due = false;
    if (items.length === 0) return;
    this.#lastGroup = items.length;
    this.#commit(items);
  }
}
