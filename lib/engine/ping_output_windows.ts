import { isIP } from "node:net";
import type { Outcome } from "../result.ts";
import type { Asked, Ended } from "./ping_output.ts";
import {
  addressesIn,
  CLEAN_SIZE,
  linesOf,
  NO_ENGINE,
  NOT_MEASURED,
  rttBy,
  sameAddress,
  TIMED_OUT,
  UNREACHABLE,
  UNRESOLVED,
} from "./ping_text.ts";

/** `bytes=32`, `時間 =7ms`, `temps=11 ms`, `<1ms`, `TTL=55`: the signs are the same in every language. */
const FIELD = /([\p{L}\p{M}\uFFFD]*)\s?[=<]\s?(-?\d{1,12})(?![\d.,])(\s?[\p{L}\uFFFD])?/gu;
/** IPv6 has no way to tell its "unreachable" by form: there it comes without the address of who said it. */
const SAYS_UNREACHABLE =
  /unreachable|nicht erreichbar|impossible de joindre|inaccessible|到達できません|无法访问|無法連線|無法連接/i;
const USAGE = /^\s*(?:usage|syntax|utilisation|syntaxe|使い方|用法)\s*:?/i;

/**
 * Reads what Windows' ping prints, in whatever language: by the form of its lines, because its words come in the code
 * page of the console and may not be readable. The exit code tells nothing (0 also for "unreachable").
 */
export function readWindows(ended: Ended, asked: Asked): Outcome {
  const lines = linesOf(`${ended.stdout}\n${ended.stderr}`).filter((line) => line !== "");
  if (lines.length === 0 || lines.some((line) => USAGE.test(line))) return NO_ENGINE;
  const start = lines.findIndex((line) => isHeader(line));
  if (start < 0) return judgeNoHeader(lines, asked.host);
  const body = bodyOf(lines.slice(start + 1));
  const to = askedAddress(lines[start] ?? "", asked.host);
  const answers = body.filter((line) => addressesIn(line).length > 0);
  const own = answers.map((line) => ({ line, figure: figureOf(line) })).filter(({ figure }) => figure !== undefined);
  for (const { line, figure = "" } of own) {
    const from = addressesIn(line)[0];
    if (from !== undefined && to !== undefined && !sameAddress(from, to)) continue;
    return rttBy("win32", `Reply from 127.0.0.1: bytes=${CLEAN_SIZE} time=${figure}ms TTL=64`, figure);
  }
  if (own.length > 0) return TIMED_OUT;
  if (body.some((line) => SAYS_UNREACHABLE.test(line))) return UNREACHABLE;
  return judgeBody(body, answers, ended);
}

/** `Pinging google.com [142.250.1.1] with 32 bytes of data:` has an address, a size, and no field. */
function isHeader(line: string): boolean {
  return /[::]$/.test(line) && addressesIn(line).length > 0 && /\d/.test(line) && !/[=<]/.test(line);
}

/** The lines between the header and the statistics, whose title also ends with a colon. */
function bodyOf(lines: readonly string[]): string[] {
  const end = lines.findIndex((line) => /[::]$/.test(line));
  return end < 0 ? [...lines] : lines.slice(0, end);
}

function askedAddress(header: string, host: string): string | undefined {
  if (isIP(host.replace(/%.*$/, "")) !== 0) return host;
  const inBrackets = /\[([^\]]{1,80})\]/.exec(header)?.[1];
  return addressesIn(inBrackets ?? header)[0];
}

/** The time in a reply line: the field between the size and the TTL (IPv4), or the only one, with its unit (IPv6). */
function figureOf(line: string): string | undefined {
  const fields = [...line.matchAll(FIELD)];
  const ttl = fields.findIndex(([, name]) => name?.toUpperCase() === "TTL");
  const v6 = isIP(addressesIn(line)[0]?.replace(/%.*$/, "") ?? "") === 6;
  const time = v6 && fields.length === 1 ? fields[0] : fields.length === 3 && ttl >= 0 ? fields[ttl - 1] : undefined;
  const [, , figure = "-", unit] = time ?? [];
  return figure.startsWith("-") || unit === undefined ? undefined : figure;
}

function judgeNoHeader(lines: readonly string[], host: string): Outcome {
  // "Ping request could not find host NAME. …": the one complaint that quotes the host.
  return lines.some((line) => line.toLowerCase().includes(host.toLowerCase())) ? UNRESOLVED : NOT_MEASURED;
}

function judgeBody(body: readonly string[], answers: readonly string[], ended: Ended): Outcome {
  // "PING: transmit failed. General failure.", in any language: it begins with the program's name.
  if (body.some((line) => /^ping\s?:|general failure/i.test(line))) return NOT_MEASURED;
  if (answers.some((line) => /[=<]/.test(line))) return NOT_MEASURED;
  if (answers.length > 0) return UNREACHABLE;
  if (body.length > 0) return TIMED_OUT;
  return ended.killed ? TIMED_OUT : NO_ENGINE;
}
