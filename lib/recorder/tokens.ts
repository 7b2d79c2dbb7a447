import { createHash } from "node:crypto";

/** Whose token came with a request: what it may write, and see in the list of targets. */
export interface Identity {
  /** `all`: every client, also where no token is asked for. */
  readonly clients: "all" | ReadonlySet<string>;
}

export const EVERYBODY: Identity = { clients: "all" };

/** The tokens of one file. */
export interface Tokens {
  /** Whose token it is; undefined: nobody's. */
  find(token: string): Identity | undefined;
}

/** What a bearer token may consist of (RFC 6750, b64token), so that it fits into a header as it is. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const CLIENT = /^[^\p{Cc}/]{1,100}$/u;

/**
 * Reads a file of tokens: one a line, `client: token` for one client, `token` alone for every client; `#` begins a
 * comment, blank lines count for nothing. A client may have several tokens, and a token several clients.
 * @throws {RangeError} naming the line, never the token: this may end up in a log
 */
export function parseTokens(text: string): Tokens {
  const byHash = new Map<string, "all" | Set<string>>();
  for (const [index, line] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    const words = line.trim();
    if (words === "" || words.startsWith("#")) continue;
    // The last colon: a client's id may hold some, a token none.
    const colon = words.lastIndexOf(":");
    const client = colon === -1 ? undefined : words.slice(0, colon).trim();
    const token = words.slice(colon + 1).trim();
    if (!TOKEN.test(token)) {
      throw new RangeError(
        `line ${index + 1} must be TOKEN or CLIENT: TOKEN, the token of letters, digits and ._~+/-=`,
      );
    }
    if (client !== undefined && !CLIENT.test(client)) {
      throw new RangeError(`line ${index + 1} must name a client of 1 to 100 characters without '/' before its colon`);
    }
    add(byHash, hash(token), client);
  }
  if (byHash.size === 0) throw new RangeError("it holds no token");
  return {
    // Looked up by its hash: how long that takes tells nothing about a token, since nobody can choose a hash.
    find(token) {
      const clients = byHash.get(hash(token));
      return clients === undefined ? undefined : { clients };
    },
  };
}

function add(byHash: Map<string, "all" | Set<string>>, key: string, client: string | undefined): void {
  const known = byHash.get(key);
  if (client === undefined || known === "all") byHash.set(key, "all");
  else if (known === undefined) byHash.set(key, new Set([client]));
  else known.add(client);
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

/**
 * The token of a request: `Authorization: Bearer TOKEN`, or `Basic` with the token as the password and any user, which
 * is what browsers can send.
 */
export function tokenOf(headers: Headers): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (scheme.toLowerCase() !== "basic") return scheme === "" ? undefined : value;
  try {
    const pair = atob(value);
    return pair.slice(pair.indexOf(":") + 1);
  } catch {
    return undefined;
  }
}
