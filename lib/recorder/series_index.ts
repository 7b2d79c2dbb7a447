import type { Clock } from "../clock.ts";
import type { LiveResult } from "./live.ts";
import type { Series, Store } from "./store.ts";

/** A live result and the id of its series. */
export interface KnownResult extends LiveResult {
  readonly id: number;
}

/** Knows the id and the name of each series without asking the store for every result. */
export interface SeriesIndex {
  /** The results whose series are there, with their ids, and under the names that are shown for them. */
  resolve(results: readonly LiveResult[]): Promise<readonly KnownResult[]>;
  /** The list of series has changed. */
  forget(): void;
}

/** A name that came with a result may be on its way into the list: it is read again, but not more often than this. */
const REFRESH_MS = 60_000;

export function createSeriesIndex(
  { store, clock }: { readonly store: Pick<Store, "listSeries">; readonly clock: Clock },
): SeriesIndex {
  let byKey: ReadonlyMap<string, Series> | undefined;
  let readAt = 0;

  async function read(): Promise<ReadonlyMap<string, Series>> {
    readAt = clock.monotonic();
    byKey = new Map((await store.listSeries()).map((series) => [keyOf(series), series]));
    return byKey;
  }

  function isStale(known: ReadonlyMap<string, Series>, results: readonly LiveResult[]): boolean {
    if (clock.monotonic() - readAt < REFRESH_MS) return false;
    return results.some((result) => {
      const series = known.get(keyOf(result));
      return series === undefined || (result.name !== undefined && result.name !== series.name);
    });
  }

  return {
    async resolve(results) {
      let known = byKey ?? await read();
      if (isStale(known, results)) known = await read();
      return results.flatMap((result) => {
        const series = known.get(keyOf(result));
        return series === undefined ? [] : [{ ...result, id: series.id, name: series.name }];
      });
    },
    forget() {
      byKey = undefined;
    },
  };
}

/** Neither an ip nor a client id holds a slash. */
function keyOf({ client, ip }: { readonly client: string; readonly ip: string }): string {
  return `${client}/${ip}`;
}
