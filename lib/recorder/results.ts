/**
 * Results of one series in the order of their times, each time once: two columns of numbers, since a million objects
 * would cost ten times the memory. Times are in µs since 1970, values as in ping_value.ts.
 */
export class Results {
  times: Float64Array;
  values: Float64Array;
  length = 0;

  constructor(capacity = 8) {
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  /** @returns false where there is a result of this time already: the first one stays */
  insert(timeUs: number, value: number): boolean {
    const length = this.length;
    const at = length === 0 || timeUs > this.time(length - 1) ? length : this.lowerBound(timeUs);
    if (at < length && this.times[at] === timeUs) return false;
    if (length === this.times.length) this.#resize(length * 2);
    if (at < length) {
      this.times.copyWithin(at + 1, at, length);
      this.values.copyWithin(at + 1, at, length);
    }
    this.times[at] = timeUs;
    this.values[at] = value;
    this.length++;
    return true;
  }

  remove(timeUs: number): void {
    const at = this.lowerBound(timeUs);
    if (at >= this.length || this.times[at] !== timeUs) return;
    this.times.copyWithin(at, at + 1, this.length);
    this.values.copyWithin(at, at + 1, this.length);
    this.length--;
  }

  /** Drops the first `count` results. */
  dropFirst(count: number): void {
    if (count <= 0) return;
    this.times.copyWithin(0, count, this.length);
    this.values.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Forgets all, the room too. */
  clear(): void {
    this.length = 0;
    this.#resize(8);
  }

  has(timeUs: number): boolean {
    return this.times[this.lowerBound(timeUs)] === timeUs && this.lowerBound(timeUs) < this.length;
  }

  time(index: number): number {
    return this.times[index] ?? NaN;
  }

  value(index: number): number {
    return this.values[index] ?? NaN;
  }

  /** The index of the first result that is not earlier than a time; `length` where all are. */
  lowerBound(timeUs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle] ?? NaN) < timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The results from `startUs` to before `endUs`. */
  between(startUs: number, endUs: number): Results {
    return this.slice(this.lowerBound(startUs), this.lowerBound(endUs));
  }

  /** A copy of the results with these indexes. */
  slice(start: number, end: number): Results {
    const part = new Results(0);
    part.times = this.times.slice(start, end);
    part.values = this.values.slice(start, end);
    part.length = Math.max(0, end - start);
    return part;
  }

  /** Makes room, so that many inserts do not grow the columns step by step. */
  reserve(capacity: number): void {
    if (capacity > this.times.length) this.#resize(this.length === 0 ? capacity : Math.max(capacity, 2 * this.length));
  }

  #resize(capacity: number): void {
    const [times, values] = [this.times, this.values];
    this.times = new Float64Array(Math.max(8, capacity));
    this.values = new Float64Array(Math.max(8, capacity));
    this.times.set(times.subarray(0, this.length));
    this.values.set(values.subarray(0, this.length));
  }
}

/** All results of both; where both have a time, the one of `first` stays. */
export function mergeResults(first: Results, second: Results): Results {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const merged = new Results(first.length + second.length);
  let [i, j, n] = [0, 0, 0];
  while (i < first.length || j < second.length) {
    const [a, b] = [i < first.length ? first.time(i) : Infinity, j < second.length ? second.time(j) : Infinity];
    merged.times[n] = Math.min(a, b);
    merged.values[n++] = a <= b ? first.value(i) : second.value(j);
    if (a <= b) i++;
    if (b <= a) j++;
  }
  merged.length = n;
  return merged;
}
