import { isIP } from "node:net";
import type { Outcome } from "../result.ts";
import type { Asked, Ended } from "./ping_output.ts";
import { platformOf } from "./ping_args.ts";
import {
  addressesIn,
  linesOf,
  NO_ENGINE,
  NOT_MEASURED,
  rttBy,
  sameAddress,
  TIMED_OUT,
  UNREACHABLE,
  UNRESOLVED,
} from "./ping_text.ts";

/** `PING host (address) …`, and `PING6(56=40+8+8 bytes) source --> address` on macOS. */
const HEADER = /^PING6? ?\S/;
/** `64 bytes from host (address): …`; macOS' ping6 writes a comma after the address, old BusyBox `seq`. */
const FROM = /^\d+ bytes from ([^,]{1,300}?)[:,] (.*)$/;
const SEQUENCE = /(?:\b|_)seq=\d+/;
/** The last `time=` of the line. What stands for the figure is judged below: it may be `nan` or negative. */
const TIME = /\btime[=<]\s?(\S{1,40}?) ?ms\b(.*)$/;
const FIGURE = /^\d{1,12}(?:[.,]\d{1,9})?$/;
/** What the program adds to an answer that is not the first, not from the host, or not what was sent. */
const NOT_THE_ANSWER = /DUP!|DIFFERENT ADDRESS!|BAD CHECKSUM!/;
/** ICMP errors: iputils `From router icmp_seq=1 Destination …`; BSD and inetutils write them like answers. */
const ICMP_ERROR = /^From \S+/;
const NOT_AN_ERROR = /Redirect|Source Quench/i;
/** iputils measures by the wall clock and says so when that stepped: the RTT beside it is made up. */
const CLOCK_STEP = /time of day goes back/i;
const STATISTICS = /^(\d+) packets transmitted, (\d+) (?:packets )?received/;
/** What the program itself says went wrong, after its name. */
const COMPLAINT = /^(?:\S*\/)?ping6?: (?!warning\b)(.*)$/i;
const NO_ADDRESS =
  /unknown host|bad address|not known|name resolution|no address associated|does not resolve|cannot resolve|nodename nor servname|hostname not supported|not supported for hostname|name lookup|no usable address|host not found|hostname.*not (?:found|valid)/i;
const HOST_SILENT = /host is down/i;
const MISUSED =
  /(?:invalid|unrecognized|unknown|illegal) option|usage|invalid argument|applet not found|bad linger|option requires/i;

/** Reads what iputils, BusyBox, GNU inetutils and the BSDs' (macOS') ping print under `LC_ALL=C`. */
export function readUnix(ended: Ended, asked: Asked): Outcome {
  const out = linesOf(ended.stdout);
  const lines = [...out, ...linesOf(ended.stderr)];
  const header = out.find((line) => HEADER.test(line));
  const answers = out.filter((line) => FROM.test(line) && SEQUENCE.test(line));
  const answer = answers.find((line) => isAnswer(line, header, asked.host));
  if (answer !== undefined) return lines.some((line) => CLOCK_STEP.test(line)) ? NOT_MEASURED : rttOf(answer, asked);
  if (lines.some(isIcmpError)) return UNREACHABLE;
  for (const line of lines) {
    const complaint = COMPLAINT.exec(line)?.[1];
    if (complaint !== undefined) return judgeComplaint(complaint);
  }
  if (header !== undefined) return judgeSilence(ended, out, answers.length > 0);
  // Killed without a word while it should have looked up a name: the name servers are silent, not the host.
  return ended.killed && lines.every((line) => line === "") && !isAddress(asked.host) ? UNRESOLVED : NO_ENGINE;
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/%.*$/, "")) !== 0;
}

/** Whether `line` is the first answer of the very host that was asked. */
function isAnswer(line: string, header: string | undefined, host: string): boolean {
  if (NOT_THE_ANSWER.test(line)) return false;
  const from = addressesIn(FROM.exec(line)?.[1] ?? "").at(-1);
  const to = askedAddress(header, host);
  return from === undefined || to === undefined || sameAddress(from, to);
}

/** The address that was asked: the header tells it, also where the host is a name. */
function askedAddress(header: string | undefined, host: string): string | undefined {
  if (isAddress(host)) return host;
  return header === undefined ? undefined : addressesIn(header).at(-1);
}

function rttOf(line: string, { os }: Asked): Outcome {
  const figure = TIME.exec(line)?.[1];
  if (figure === undefined || !FIGURE.test(figure)) return NOT_MEASURED;
  const clean = figure.replace(",", ".");
  return rttBy(platformOf(os), `40 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=${clean} ms`, clean);
}

function isIcmpError(line: string): boolean {
  if (NOT_AN_ERROR.test(line)) return false;
  if (ICMP_ERROR.test(line)) return true;
  const rest = FROM.exec(line)?.[2];
  return rest !== undefined && !SEQUENCE.test(rest) && /^[A-Z][a-z]/.test(rest);
}

function judgeComplaint(complaint: string): Outcome {
  if (NO_ADDRESS.test(complaint)) return UNRESOLVED;
  if (MISUSED.test(complaint)) return NO_ENGINE;
  // macOS says so when nobody answered the ARP request: the host was asked for, in its way.
  return HOST_SILENT.test(complaint) ? UNREACHABLE : NOT_MEASURED;
}

/** Asked, and no answer that counts. Was there none, or did the output break off before it? */
function judgeSilence(ended: Ended, out: readonly string[], foreignAnswer: boolean): Outcome {
  const received = out.map((line) => STATISTICS.exec(line)).find((found) => found !== null)?.[2];
  if (received !== undefined) return Number(received) === 0 || foreignAnswer ? TIMED_OUT : NO_ENGINE;
  // No statistics: killed by us after the time was over, or ended badly by itself.
  return ended.killed ? TIMED_OUT : NO_ENGINE;
}
