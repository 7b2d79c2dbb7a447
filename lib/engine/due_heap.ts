/** What a `DueHeap` sorts by. */
export interface Due {
  dueMs: number;
}

/** A binary heap: the item due first is at hand, and 10,000 of them cost 14 comparisons a change. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item due first. */
  peek(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueAt(parent) <= item.dueMs) break;
      this.#items[at] = this.#items[parent] as T;
      at = parent;
    }
    this.#items[at] = item;
  }

  removeFirst(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.moveFirst();
  }

  /** Puts the first item where it belongs, after its `dueMs` was raised. */
  moveFirst(): void {
    const item = this.#items[0];
    if (item === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#dueAt(child + 1) < this.#dueAt(child)) child++;
      if (this.#dueAt(child) >= item.dueMs) break;
      this.#items[at] = this.#items[child] as T;
      at = child;
    }
    this.#items[at] = item;
  }

  /** Keeps only what `wanted` is true of. For rare changes: it costs a pass over all items. */
  keep(wanted: (item: T) => boolean): void {
    const kept = this.#items.filter(wanted);
    this.#items.length = 0;
    for (const item of kept) this.add(item);
  }

  #dueAt(at: number): number {
    return (this.#items[at] as T).dueMs;
  }
}
