/**
 * What fping 4.x and 5.x print in loop mode, read line by line. Forms from the sources of fping 4.0 to 5.5
 * (`printf`s of `wait_for_reply`, `main_loop` and `decode_icmp_ipv4`) and from captures in tests/fixtures/captures:
 *
 *     [1795406556.86517] 127.0.0.1 : [0], 64 bytes, 0.067 ms (0.067 avg, 0% loss)
 *     [1795406556.86517] 192.0.2.1 : [0], timed out (NaN avg, 100% loss)          (5.0 and later)
 *     192.0.2.1 : duplicate for [0], 64 bytes, 65.4 ms                            (a copy; never a result)
 *     … ms (0.067 avg, 0% loss) [<- 192.0.2.9]                                    (answered from another address)
 *
 * 4.x counts the IP header into the bytes, prints the stamp with six decimals, and says nothing about a lost ping.
 */
export type FpingLine =
  | { readonly kind: "reply"; readonly probe: Probe; readonly rttMs: number }
  | { readonly kind: "lost"; readonly probe: Probe }
  /** An answer from another address: never counts as one. */
  | { readonly kind: "foreign"; readonly probe: Probe }
  /** Known and of no use: an empty line, a duplicate, statistics. */
  | { readonly kind: "noise" }
  | { readonly kind: "garbage" };

/** Which ping a line is about. */
export interface Probe {
  /** As it was given to fping. */
  readonly address: string;
  /** fping's number of the ping: 0 for the target's first, counted on for those that could not be sent too. */
  readonly index: number;
  /** fping's own time of the line, epoch ms, where it printed one: of the answer, or of the end of the wait. */
  readonly stampMs: number | undefined;
}

const STAMP = String.raw`(?:\[(\d{1,11}\.\d{1,9})\] )?`;
const RESULT = new RegExp(
  `^${STAMP}` +
    String.raw`(\S+) *: \[(\d{1,10})\], (?:\d+ bytes, (\S+) ms|timed out) \(([^()]*)\)( ?\[<- [^\s\]]+\])?\s*$`,
);
const NOISE = new RegExp(
  `^${STAMP}` + String.raw`\S+ *: (?:duplicate for \[\d+\], \d+ bytes, \S+ ms.*|xmt/rcv/%(?:loss|return) = .*)$|^\s*$`,
);
const FIGURE = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** Reads one line of standard output, without its line end. Never throws. A figure that is none gives `rttMs` NaN. */
export function readLine(line: string): FpingLine {
  const found = RESULT.exec(line);
  if (found === null) return { kind: NOISE.test(line) ? "noise" : "garbage" };
  const [, stamp, address = "", index, figure, , source] = found;
  const stampMs = stamp === undefined ? undefined : Number(stamp) * 1000;
  const probe = { address, index: Number(index), stampMs };
  if (source !== undefined) return { kind: "foreign", probe };
  if (figure === undefined) return { kind: "lost", probe };
  return { kind: "reply", probe, rttMs: FIGURE.test(figure) ? Number(figure) : NaN };
}

/** What a line of standard error tells. */
export type FpingComplaint =
  /** An ICMP error came back for a ping of this address. Which ping, fping does not say. */
  | { readonly kind: "icmp-error"; readonly address: string }
  /** 5.1 and 5.2 write `[<- ADDRESS]` here, away from the line that it belongs to. */
  | { readonly kind: "foreign" }
  | { readonly kind: "noise" }
  | { readonly kind: "other" };

const ICMP_ERROR = /\bICMP .*\bfor ICMP Echo sent to (\S+)/;
const ONLY_STATISTICS = /^\s*$|^\S+ *: (?:xmt\/rcv\/%|duplicate for \[)|^\[\d\d:\d\d:\d\d\]$/;

/** Reads one line of standard error. Never throws. */
export function readComplaint(line: string): FpingComplaint {
  const address = ICMP_ERROR.exec(line)?.[1];
  if (address !== undefined) return { kind: "icmp-error", address };
  if (/\[<- [^\s\]]+\]/.test(line)) return { kind: "foreign" };
  return { kind: ONLY_STATISTICS.test(line) ? "noise" : "other" };
}

/** What differs between the versions of fping, as far as it matters here. */
export interface FpingVersion {
  readonly text: string;
  /** Says that a ping timed out (5.0); before, silence is all there is. */
  readonly saysTimedOut: boolean;
  /** Takes fractions of a millisecond (4.2). */
  readonly takesFractions: boolean;
  /** Can throw away answers from other addresses by `--check-source` (5.3). */
  readonly checksSource: boolean;
}

/** Reads what `fping -v` prints. What cannot be read counts as 5.1, the version of most distributions. */
export function readVersion(text: string): FpingVersion {
  const [, major = "5", minor = "1"] = /Version (\d{1,3})\.(\d{1,3})/.exec(text) ?? [];
  const number = Number(major) * 1000 + Number(minor);
  return {
    text: `${major}.${minor}`,
    saysTimedOut: number >= 5000,
    takesFractions: number >= 4002,
    checksSource: number >= 5003,
  };
}
