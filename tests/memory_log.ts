import type { Log } from "../lib/log.ts";

/** A log that keeps its lines, written as `level message` with the values filled in. */
export function memoryLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields: Record<string, unknown> = {}) => {
    lines.push(`${level} ${message.replace(/\{(\w+)\}/g, (_, key) => String(fields[key]))}`);
  };
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, lines };
}
