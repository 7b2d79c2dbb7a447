/** What one look at the box found. */
export interface CheckRow {
  /** What was looked at: `ping`, `recorder`, `dns`. */
  readonly check: string;
  /** `warn`: it runs, but not as well as it could. `fail`: it must be mended. */
  readonly status: "ok" | "warn" | "fail";
  /** What there is. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The table that `check` prints: a line for each row, and one for each advice below it. */
export function checkTable(rows: readonly CheckRow[]): string {
  const width = Math.max(...rows.map(({ check }) => check.length));
  return rows.map(({ check, status, detail, advice }) => {
    const line = `${status.padEnd(4)}  ${check.padEnd(width)}  ${detail}\n`;
    return advice === undefined ? line : `${line}${" ".repeat(width + 8)}→ ${advice}\n`;
  }).join("");
}
