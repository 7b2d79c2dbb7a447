import { Problem } from "./problem.ts";
import type { Access } from "./route.ts";
import { EVERYBODY, type Identity, tokenOf, type Tokens } from "./tokens.ts";

export interface GuardOptions {
  /** Who may write. Without it everybody. */
  readonly writeTokens?: Tokens;
  /** Who may read. Without it everybody. */
  readonly readTokens?: Tokens;
  /** The host names under which requests are taken, without port. Default: all. */
  readonly isKnownHost?: (hostname: string) => boolean;
}

/** Browsers ask for the password at sight of `Basic`; programs know `Bearer`. */
const CHALLENGE = { "www-authenticate": 'Basic realm="ping-client recorder", charset="UTF-8", Bearer' } as const;

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Lets a request in, or not.
 * @returns whose it is
 * @throws {Problem} 401 without a known token where one is needed, 403 where it is not enough, or where a page of another
 * origin sent the request
 */
export function admit(request: Request, access: Access, options: GuardOptions): Identity {
  refuseForeignHost(request, options);
  refuseForeignPage(request);
  const { writeTokens, readTokens } = options;
  if (access === "open") return EVERYBODY;
  const needed = access === "write" ? writeTokens : readTokens;
  if (needed === undefined) return EVERYBODY;
  const token = tokenOf(request.headers);
  if (token === undefined) throw new Problem(401, "Cannot do this without a token", CHALLENGE);
  const known = needed.find(token);
  if (known !== undefined) return access === "write" ? known : EVERYBODY;
  const writer = writeTokens?.find(token);
  if (writer === undefined && readTokens?.find(token) === undefined) {
    throw new Problem(401, "Cannot do this: the token is not known", CHALLENGE);
  }
  // Who may write for every client may read, too; a single client sees its own targets.
  if (writer?.clients === "all" || (writer !== undefined && access === "list")) return writer;
  throw new Problem(
    403,
    `Cannot do this with this token: it is not one for ${access === "write" ? "writing" : "reading"}`,
  );
}

/** @throws {Problem} 403 when the token is another client's */
export function refuseOtherClient({ clients }: Identity, client: string): void {
  if (clients !== "all" && !clients.has(client)) {
    throw new Problem(403, "Cannot write for this client: the token is another client's");
  }
}

/**
 * A page can have its own host name point at 127.0.0.1 (DNS rebinding): to the browser this recorder is then part of
 * that page's origin. Its name in the Host header gives it away.
 */
function refuseForeignHost({ url }: Request, { isKnownHost }: GuardOptions): void {
  if (isKnownHost === undefined || isKnownHost(new URL(url).hostname)) return;
  throw new Problem(
    403,
    "Cannot answer under this host name: without tokens a recorder on the loopback answers as localhost only",
  );
}

/**
 * Any page in a browser on this machine can post to localhost, and browsers add a password that was typed before.
 * They say where a request comes from; clients that are no browsers send neither header.
 */
function refuseForeignPage({ method, headers, url }: Request): void {
  if (SAFE_METHODS.has(method)) return;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  // Browsers before 2023 send only the origin.
  const foreign = site === null
    ? origin !== null && (!URL.canParse(origin) || new URL(origin).host !== new URL(url).host)
    : site === "cross-site" || site === "same-site";
  if (foreign) throw new Problem(403, "Cannot take this from a page of another origin");
}

/** Names under which only this machine reaches itself: localhost, 127.0.0.0/8 and [::1]. */
export function isLoopbackName(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name) ||
    /^::ffff:7f[0-9a-f]{2}:/.test(name);
}
