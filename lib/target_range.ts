import ipaddr from "ipaddr.js";
import { type Family, parseTarget, type Target } from "./target.ts";

/** The most hosts that one block may stand for: an IPv4 /16, an IPv6 /112. */
const MAX_HOSTS = 65_536;

/**
 * Reads `HOST`, `NAME=HOST`, `BLOCK` or `NAME=BLOCK`, where BLOCK is a CIDR block such as `10.0.0.0/28`. A block stands
 * for each of its hosts; the network's own and the broadcast address of an IPv4 block are left out, except for /31 and
 * /32, which have none. With a name, the hosts are called `NAME 10.0.0.1` and so on.
 * @param text one argument or one line
 * @param family which addresses are allowed; default `any`
 * @throws {RangeError} one line that quotes the text and says what is allowed
 */
export function parseTargets(text: string, { family = "any" }: { readonly family?: Family } = {}): Target[] {
  const at = text.indexOf("=");
  const block = (at < 0 ? text : text.slice(at + 1)).trim();
  if (!block.includes("/")) return [parseTarget(text, { family })];
  const hosts = expandBlock(block, text);
  const name = at < 0 ? undefined : text.slice(0, at).trim();
  // The first one shows whether name and family are right at all, with the text as it was given.
  return hosts.map((host) => parseTarget(name === undefined ? host : `${name}=${host}`, { family })).map((target) =>
    name === undefined ? target : { ...target, name: `${name} ${target.host}` }
  );
}

function expandBlock(block: string, text: string): string[] {
  const quoted = `'${JSON.stringify(text.slice(0, 80)).slice(1, -1)}'`;
  // Written out in full only: the library would take 010.0.0.0/8 as octal, and 10/8 as 0.0.0.10/8.
  if (
    !/^(?:(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}|[\da-f:.]*:[\da-f:.]*)\/\d{1,3}$/i.test(block) ||
    !ipaddr.isValidCIDR(block)
  ) {
    throw new RangeError(
      `Cannot ping ${quoted}: a block must be an IPv4 or IPv6 address, '/' and the length of its prefix`,
    );
  }
  const [address, prefix] = ipaddr.parseCIDR(block);
  const bytes = address.toByteArray();
  const count = 2 ** (bytes.length * 8 - prefix);
  if (count > MAX_HOSTS) {
    const least = bytes.length * 8 - Math.log2(MAX_HOSTS);
    throw new RangeError(
      `Cannot ping ${quoted}: a block must have at most ${MAX_HOSTS} hosts (/${least} or longer): it has /${prefix}`,
    );
  }
  const hasEdges = bytes.length === 4 && count > 2;
  const kind = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = kind.networkAddressFromCIDR(block).toByteArray();
  return Array.from({ length: count - (hasEdges ? 2 : 0) }, (_, index) => {
    return ipaddr.fromByteArray(plus(first, index + (hasEdges ? 1 : 0))).toString();
  });
}

/** `bytes` plus `offset`, which is below 2^16 and fits, because no block is larger. */
function plus(bytes: readonly number[], offset: number): number[] {
  const sum = [...bytes];
  const last = sum.length - 1;
  sum[last] = (sum[last] ?? 0) | (offset & 0xff);
  sum[last - 1] = (sum[last - 1] ?? 0) | (offset >> 8);
  return sum;
}
