import { isIP } from "node:net";
import parsers from "ping/lib/parser/factory.js";
import { type Outcome, replyOf } from "../result.ts";

/** An answer that makes no sense: not measured. */
export const NOT_MEASURED: Outcome = { outcome: "failed", cause: "send-error" };
export const NO_ENGINE: Outcome = { outcome: "failed", cause: "no-engine" };
export const TIMED_OUT: Outcome = { outcome: "lost", cause: "timeout" };
export const UNREACHABLE: Outcome = { outcome: "lost", cause: "unreachable" };
export const UNRESOLVED: Outcome = { outcome: "failed", cause: "unresolved" };

/** The lines of an output, without white space at their ends. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map((line) => line.trim());
}

const ADDRESS = /[0-9a-f:.]{3,}(?:%[\w.-]+)?/gi;

/** The addresses that stand in `text`, in order. */
export function addressesIn(text: string): string[] {
  return (text.match(ADDRESS) ?? []).map((found) => found.replace(/^\.+|\.+$/g, "")).flatMap((found) => {
    // "::1:" and "fe80::1:" are an address and the sign after it.
    const whole = [found, found.replace(/:$/, "")].find((part) => isIP(part.replace(/%.*$/, "")) !== 0);
    return whole === undefined ? [] : [whole];
  });
}

/** Whether both say the same address, however it is written. A zone is the asker's own business. */
export function sameAddress(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

function canonical(address: string): string {
  const bare = address.replace(/%.*$/, "").toLowerCase();
  return isIP(bare) === 6 ? new URL(`http://[${bare}]/`).hostname : bare;
}

/**
 * Lets npm `ping`'s parser read the time of one reply line, which we have found, checked and put into the form that it
 * knows. Given whole outputs it throws on a first line of one word, takes DUP lines for samples and `0,054` for 54, and
 * mistakes a size for a time.
 * @param line the reply line, clean
 * @param figure the time in that line, which the parser must find too
 */
export function rttBy(platform: "linux" | "darwin" | "win32", line: string, figure: string): Outcome {
  const parser = parsers.createParser("", platform, { packetSize: CLEAN_SIZE, v6: false });
  const { time }: { readonly time: unknown } = parser.eat(CLEAN_HEADER[platform]).eat(line).getResult();
  return time === Number(figure) ? replyOf(time) : NOT_MEASURED;
}

/** The payload that clean lines speak of; the Windows parser looks for it to find the time beside it. */
export const CLEAN_SIZE = 32;

const CLEAN_HEADER = {
  linux: "PING 127.0.0.1 (127.0.0.1) 32(60) bytes of data.",
  darwin: "PING 127.0.0.1 (127.0.0.1): 32 data bytes",
  win32: "Pinging 127.0.0.1 with 32 bytes of data:",
};
