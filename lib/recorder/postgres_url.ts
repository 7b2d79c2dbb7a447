import type { PostgresAddress } from "./postgres_connect.ts";

/** How the connection is protected, as libpq names it: `verify-ca` is taken for `verify-full`. */
const MODES = ["disable", "require", "verify-ca", "verify-full"];

/** What an address says; the file of its certificate authority is still to be read. */
export interface PostgresUrl extends Omit<PostgresAddress, "tls"> {
  readonly sslmode: string;
  readonly sslrootcert?: string;
}

/** Whether an address is one of PostgreSQL. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}

/**
 * Reads `postgres://user[:password]@host[:port]/database[?sslmode=…&sslrootcert=FILE]`. Nothing is taken from the
 * environment. Defaults: port 5432, the database named like the user, `sslmode=disable`.
 * @throws {RangeError} saying which part is wrong, never with the password in it
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  if (!URL.canParse(text)) throw wrong("the address", "like postgres://user@host:5432/database", "it can't be read");
  const { hostname, port, pathname, username, password, searchParams, hash } = new URL(text);
  const database = decode(pathname.slice(1), "the database");
  const user = decode(username, "the user");
  if (hostname === "") throw wrong("the host", "given", "it is missing");
  if (user === "") throw wrong("the user", "given, as in postgres://user@host/database", "it is missing");
  if (database.includes("/") || hash !== "") throw wrong("the database", "a single name", `it is '${database + hash}'`);
  for (const key of searchParams.keys()) {
    if (key !== "sslmode" && key !== "sslrootcert") {
      throw wrong(`'${key}'`, "sslmode or sslrootcert", "it is neither");
    }
  }
  const sslrootcert = searchParams.get("sslrootcert") ?? undefined;
  const sslmode = searchParams.get("sslmode") ?? (sslrootcert === undefined ? "disable" : "verify-full");
  if (!MODES.includes(sslmode)) throw wrong("'sslmode'", `one of ${MODES.join(", ")}`, `it is '${sslmode}'`);
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 5432 : Number(port),
    user,
    password: decode(password, "the password"),
    database: database === "" ? user : database,
    sslmode,
    ...(sslrootcert === undefined ? {} : { sslrootcert }),
  };
}

/** The address to show: without its password. */
export function shownPostgresUrl(
  { hostname, port, user, database }: Omit<PostgresAddress, "tls" | "password">,
): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `postgres://${encodeURIComponent(user)}@${host}:${port}/${encodeURIComponent(database)}`;
}

/** @param caCert the authority's certificate in PEM, where the address names a file */
export function toAddress({ sslmode, sslrootcert: _, ...url }: PostgresUrl, caCert?: string): PostgresAddress {
  if (sslmode === "disable") return url;
  const verify = sslmode !== "require" || caCert !== undefined;
  return { ...url, tls: caCert === undefined ? { verify } : { verify, caCert } };
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(what, "percent-encoded", "it is not");
  }
}

function wrong(what: string, must: string, is: string): RangeError {
  return new RangeError(`${what} must be ${must}: ${is}`);
}
