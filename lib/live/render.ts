import type { Order } from "./board.ts";
import { cellText, type Column, columnsFor, GAP } from "./columns.ts";
import { LOST_MARK, sparkline } from "./sparkline.ts";
import type { State, TargetStats } from "./track.ts";
import { displayWidth, fit } from "./width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Everything that one picture shows. */
export interface View {
  /** In their order. */
  readonly targets: readonly TargetStats[];
  readonly counts: Readonly<Record<State, number>>;
  readonly order: Order;
  /** The first row of the table that is shown. */
  readonly top: number;
  /** Finished log lines, oldest first. */
  readonly logLines: readonly string[];
  /** Results that wait for the recorder. */
  readonly waiting: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

const STYLES: Readonly<Record<State | "title" | "dim" | "bold", string>> = {
  down: "31;1",
  failed: "35",
  losing: "33",
  up: "32",
  waiting: "2",
  title: "7",
  dim: "2",
  bold: "1",
};

/** Rows of the table on a terminal of this size; the rest is title, header, log and help. */
export function bodyRows({ rows }: Size): number {
  return Math.max(0, rows - 3 - logRows(rows));
}

function logRows(rows: number): number {
  return rows >= 14 ? 3 : rows >= 9 ? 1 : 0;
}

/**
 * A picture of the view: exactly `rows` lines of at most `columns` columns each.
 * @param color with SGR sequences; without any it reads as well
 */
export function render(view: View, size: Size, { color = false }: { color?: boolean } = {}): string[] {
  const paint = (style: keyof typeof STYLES, text: string) => color ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
  const body = bodyRows(size);
  const shown = view.targets.slice(view.top, view.top + body);
  const wanted = Math.max(0, ...view.targets.map(({ label }) => displayWidth(label)));
  const columns = columnsFor(size.columns, wanted);
  const lines = [
    paint("title", fit(titleOf(view, size.columns), size.columns)),
    paint("bold", fit(line(columns.map((column) => titleCell(column, view.order))), size.columns)),
    ...shown.map((stats) => row(stats, columns, size.columns, paint)),
    ...Array.from({ length: body - shown.length }, () => ""),
    ...footer(view.logLines, logRows(size.rows)).map((text) => paint("dim", fit(text, size.columns).trimEnd())),
    paint("title", fit(helpOf(view, body, size.columns), size.columns)),
  ];
  return lines.slice(0, size.rows);
}

type Paint = (style: keyof typeof STYLES, text: string) => string;

function row(stats: TargetStats, columns: readonly Column[], width: number, paint: Paint): string {
  const cells = columns.map((column): string => {
    const text = column.key === "recent" ? sparkline(stats.results, column.width) : cellText(column.key, stats);
    return fit(text, column.width, { align: column.align });
  });
  const plain = line(cells);
  // Too narrow for the table at all: what fits, without colours.
  if (displayWidth(plain) > width) return fit(plain, width);
  return line(cells.map((cell, index) => paintCell(columns[index]?.key, cell, stats, paint))).trimEnd();
}

function paintCell(key: Column["key"] | undefined, cell: string, { state, last }: TargetStats, paint: Paint): string {
  if (key === "state") return paint(state, cell);
  if (key === "last" && last?.outcome === "lost") return paint("down", cell);
  if (key === "last" && last?.outcome === "failed") return paint("failed", cell);
  if (key === "recent") return cell.replaceAll(new RegExp(`${LOST_MARK}+`, "g"), (lost) => paint("down", lost));
  return cell;
}

function line(cells: readonly string[]): string {
  return ` ${cells.join(" ".repeat(GAP))}`;
}

function titleCell({ title, sort, width, align }: Column, { by, reversed }: Order): string {
  return fit(sort === by ? `${title}${reversed ? "▲" : "▼"}` : title, width, { align });
}

function titleOf({ targets, counts, waiting, now }: View, width: number): string {
  const states = (["down", "failed", "losing", "up", "waiting"] as const)
    .filter((state) => counts[state] > 0).map((state) => `${counted(counts[state])} ${state}`);
  const parts = [
    width < 60 ? counted(targets.length) : `ping-client: ${counted(targets.length)}`,
    ...states,
    ...(waiting > 0 ? [`${counted(waiting)} to send`] : []),
  ];
  const left = ` ${width < 60 ? parts.slice(1).join("  ") : parts.join("  ")}`;
  return between(left, `${new Date(now).toISOString().slice(11, 19)} UTC `, width);
}

function helpOf({ targets, top }: View, body: number, width: number): string {
  const end = Math.min(targets.length, top + body);
  const where = targets.length === 0 || end <= top ? "" : `${top + 1}-${end} of ${counted(targets.length)} `;
  const keys = " q quit  sort: s state n name l last m median o loss  ↑↓ PgUp PgDn Home End";
  const short = " q quit  s n l m o sort  ↑↓";
  const fits = displayWidth(keys) + 2 + where.length <= width;
  return between(fits ? keys : short, where, width);
}

/** `left` and `right` at the two ends; where there is no room for both, `left` is cut. */
function between(left: string, right: string, width: number): string {
  const room = width - displayWidth(right);
  return room < 8 ? fit(left, width) : fit(left, room) + right;
}

/** The latest log lines, without the date, which the title's clock makes plain. */
function footer(logLines: readonly string[], count: number): string[] {
  const latest = count === 0 ? [] : logLines.slice(-count);
  const lines = latest.map((text) => ` ${text.trimEnd().replace(/^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)\.\d{3}/, "$1")}`);
  return [...Array.from({ length: count - lines.length }, () => ""), ...lines];
}

function counted(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
