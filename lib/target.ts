import { isIP } from "node:net";

/** Which addresses a host may be pinged at; `any` leaves the choice to the resolver. */
export type Family = "any" | "ipv4" | "ipv6";

/** A host being pinged. */
export interface Target {
  /** IPv4, IPv6 or a name: what the recorder knows it by (`ip`). Unique among the targets. */
  readonly host: string;
  /** What people call it. */
  readonly name?: string;
  /** What it is reported together with. */
  readonly group?: string;
  readonly family: Family;
  /** Its own interval, timeout and payload, where they differ from those of the watch. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  /** Bytes of ICMP payload; at least 16, because a ping program needs room for its time stamp to tell an RTT. */
  readonly sizeBytes?: number;
  /** What else is said of it; never sent to a recorder. */
  readonly labels?: Readonly<Record<string, string>>;
}

const MAX_HOST = 253;
const MAX_NAME = 200;
const CONTROL = /\p{Cc}/u;
const HOST_NAME = /^(?!-)[\p{L}\p{N}_-]{1,63}(\.(?!-)[\p{L}\p{N}_-]{1,63})*\.?$/u;

/**
 * Reads `HOST` or `NAME=HOST`.
 * @param text one argument or one line
 * @param family which addresses are allowed; default `any`
 * @throws {RangeError} one line that quotes the text and says what is allowed
 */
export function parseTarget(text: string, { family = "any" }: { family?: Family } = {}): Target {
  const at = text.indexOf("=");
  const host = at < 0 ? text : text.slice(at + 1).trim();
  const target = { host: checkHost(host, text, family), family };
  return at < 0 ? target : { ...target, name: checkName(text.slice(0, at).trim(), text) };
}

/** How a target is written for people: its name and host, or its host alone. */
export function label({ host, name }: { readonly host: string; readonly name?: string }): string {
  return name === undefined ? host : `${name} (${host})`;
}

function checkHost(host: string, text: string, family: Family): string {
  const allowed = "must be HOST or NAME=HOST, where HOST is an IPv4 address, an IPv6 address or a host name";
  const version = isIP(host.replace(/%[\p{L}\p{N}][\w.-]*$/u, ""));
  const looksLikeAddress = /^[\d.]+$/.test(host);
  if (version === 0 && (looksLikeAddress || host.length > MAX_HOST || !HOST_NAME.test(host))) {
    throw new RangeError(`Cannot ping ${quote(text)}: a target ${allowed}`);
  }
  if ((version === 4 && family === "ipv6") || (version === 6 && family === "ipv4")) {
    const option = family === "ipv4" ? "-4" : "-6";
    throw new RangeError(`Cannot ping ${quote(text)}: with ${option} a target must not be an IPv${version} address`);
  }
  return host;
}

function checkName(name: string, text: string): string {
  if (name !== "" && name.length <= MAX_NAME && !CONTROL.test(name)) return name;
  throw new RangeError(
    `Cannot ping ${quote(text)}: the name before '=' must be 1 to ${MAX_NAME} characters without control characters`,
  );
}

/** `text` in quotes on one line, cut where it is long: it may hold anything at all. */
function quote(text: string): string {
  const line = JSON.stringify(text.length > 80 ? text.slice(0, 80) + "…" : text).slice(1, -1);
  return `'${line}'`;
}
