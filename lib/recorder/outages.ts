import type { Episode, EpisodeKind } from "./scanner.ts";
import type { Outage, OutageKind, Series, TimeRange } from "./store.ts";

/** The episodes of one series, in the order of their times. */
export interface SeriesEpisodes {
  readonly series: Series;
  readonly episodes: readonly Episode[];
}

/**
 * The outages of a series that touch a range. For one of the target, what other clients saw of the same ip is told: it
 * tells a target that is down from a client whose own network is.
 * @param others the other series of the same ip, over at least the same time
 */
export function toOutages(
  { series, episodes }: SeriesEpisodes,
  others: readonly SeriesEpisodes[],
  range: TimeRange,
): Outage[] {
  return episodes.filter((episode) => isOutage(episode) && touches(episode, range.startMs, range.endMs)).map(
    (episode) => ({
      series,
      kind: episode.kind as OutageKind,
      startMs: episode.startMs,
      endMs: episode.endMs,
      cause: episode.cause,
      lost: episode.lost,
      failed: episode.failed,
      ...seenByOthers(episode, others),
    }),
  );
}

/** Newest first; of those that began together, in the order of their series. */
export function compareOutages(a: Outage, b: Outage): number {
  return b.startMs - a.startMs || a.series.id - b.series.id;
}

function seenByOthers(episode: Episode, others: readonly SeriesEpisodes[]): Pick<Outage, "alsoDown" | "upFor"> {
  if (episode.kind !== "target-down") return { alsoDown: [], upFor: [] };
  const sees = (kind: EpisodeKind) => (other: SeriesEpisodes) =>
    other.episodes.some((seen) => seen.kind === kind && touches(seen, episode.startMs, episode.endMs ?? Infinity));
  const alsoDown = others.filter(sees("target-down"));
  const upFor = others.filter((other) => !alsoDown.includes(other) && sees("up")(other));
  return { alsoDown: clientsOf(alsoDown), upFor: clientsOf(upFor) };
}

function clientsOf(list: readonly SeriesEpisodes[]): string[] {
  return list.map(({ series }) => series.client).sort();
}

function isOutage({ kind }: Episode): boolean {
  return kind !== "up";
}

function touches({ startMs, endMs }: Episode, fromMs: number, toMs: number): boolean {
  return startMs < toMs && (endMs ?? Infinity) > fromMs;
}
