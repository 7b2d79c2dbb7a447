import type { Sort } from "./board.ts";
import type { TargetStats } from "./track.ts";

/** A column of the table. */
export interface Column {
  readonly key: "target" | "last" | "min" | "median" | "p95" | "loss" | "recent" | "state";
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  /** The sort that this column shows. */
  readonly sort?: Sort;
}

const MIN_TARGET = 14;
const MAX_TARGET = 48;
const MIN_RECENT = 10;
const MAX_RECENT = 100;
export const GAP = 2;

/** Left to right. */
const ALL: readonly Column[] = [
  { key: "target", title: "TARGET", width: MIN_TARGET, align: "left", sort: "name" },
  { key: "last", title: "LAST", width: 7, align: "right", sort: "last" },
  { key: "min", title: "MIN", width: 7, align: "right" },
  { key: "median", title: "MEDIAN", width: 7, align: "right", sort: "median" },
  { key: "p95", title: "P95", width: 7, align: "right" },
  { key: "loss", title: "LOSS", width: 5, align: "right", sort: "loss" },
  { key: "recent", title: "RECENT", width: MIN_RECENT, align: "left" },
  { key: "state", title: "STATE", width: 7, align: "left", sort: "state" },
];
const ALWAYS = new Set(["target", "last", "loss", "state"]);
/** What comes in as the terminal grows wider. */
const NEXT = ["recent", "median", "p95", "min"];

/**
 * The columns that a terminal of this width has room for. From 40 columns on they fit.
 * @param wanted the width of the longest target
 */
export function columnsFor(width: number, wanted: number): readonly Column[] {
  const shown = new Set(ALWAYS);
  let room = width - 1 - widthOf(ALL.filter(({ key }) => shown.has(key)));
  for (const key of NEXT) {
    const cost = widthOf(ALL.filter((column) => column.key === key));
    if (cost > room) break;
    shown.add(key);
    room -= cost;
  }
  // The last column needs no gap after it.
  room = Math.max(0, room + GAP);
  const target = Math.min(room, Math.max(0, Math.min(wanted, MAX_TARGET) - MIN_TARGET));
  const recent = Math.min(room - target, MAX_RECENT - MIN_RECENT);
  const more: Partial<Record<Column["key"], number>> = { target, recent };
  return ALL.filter(({ key }) => shown.has(key)).map((column) => ({
    ...column,
    width: column.width + (more[column.key] ?? 0),
  }));
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP, 0);
}

/** What stands in a cell, without the sparkline. */
export function cellText(key: Exclude<Column["key"], "recent">, stats: TargetStats): string {
  switch (key) {
    case "target":
      return stats.label;
    case "last":
      return lastText(stats);
    case "min":
      return milliseconds(stats.minMs);
    case "median":
      return milliseconds(stats.medianMs);
    case "p95":
      return milliseconds(stats.p95Ms);
    case "loss":
      return stats.loss === undefined ? "-" : percent(stats.loss);
    case "state":
      return stats.state;
  }
}

function lastText({ last }: TargetStats): string {
  return last === undefined ? "-" : last.outcome === "reply" ? milliseconds(last.rttMs) : last.outcome;
}

/** At most 7 characters for anything up to an hour. */
function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 10 ? ms.toFixed(3) : ms < 1000 ? ms.toFixed(1) : ms.toFixed(0);
}

function percent(ratio: number): string {
  const value = ratio * 100;
  return `${value === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)}%`;
}
