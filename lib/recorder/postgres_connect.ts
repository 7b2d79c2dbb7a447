import { Buffer } from "node:buffer";
import postgres from "postgres";
import { StoreAwayError } from "./store.ts";

/** A pool of connections, or one in a transaction. */
export type Sql = postgres.Sql;
export type Transaction = postgres.TransactionSql;
/** Either of them. */
export type Query = postgres.ISql;

/** Where a PostgreSQL is, and who asks. */
export interface PostgresAddress {
  readonly hostname: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Undefined: in the clear. `caCert`: the server must show a certificate of this authority, in PEM. */
  readonly tls?: { readonly verify: boolean; readonly caCert?: string };
}

export interface ConnectOptions {
  /** Most connections at once. Default 8. */
  readonly maxConnections?: number;
  /** How long a connection may take to be made, seconds. Default 5. */
  readonly connectTimeoutS?: number;
  /** What the database shows of it. Default `ping-client`. */
  readonly applicationName?: string;
  /** Takes what others NOTIFY, once this has sent LISTEN. */
  readonly onNotify?: (channel: string, payload: string) => void;
  /** A connection was closed, whoever did it. */
  readonly onClose?: () => void;
}

const INT8 = 20;
const BYTEA = 17;

/** How long until the next try once a connection broke, seconds: soon, and not all replicas in step. */
const RETRY_S = 0.5;

/** Opens a pool. Nothing is connected before the first statement; a lost connection is made anew at the next one. */
export function connectPostgres(address: PostgresAddress, options: ConnectOptions = {}): Sql {
  const { hostname, port, database, user, password, tls } = address;
  const { maxConnections = 8, connectTimeoutS = 5, applicationName = "ping-client", onNotify, onClose } = options;
  // The library fills what is not given from environment variables, and asks for one of them in any case, which needs a
  // permission that the program does not have. Options that already carry `shared` are taken as they are: that is how
  // the library itself opens the second connection that LISTEN needs. So every option stands here.
  const complete = {
    host: [hostname],
    port: [port],
    path: undefined,
    database,
    user,
    pass: password,
    max: maxConnections,
    ssl: tls === undefined ? false : sslOf(tls),
    sslnegotiation: null,
    idle_timeout: null,
    connect_timeout: connectTimeoutS,
    max_lifetime: null,
    max_pipeline: 1,
    backoff: () => RETRY_S * (0.5 + Math.random()),
    keep_alive: 30,
    prepare: true,
    debug: false,
    fetch_types: false,
    publications: "",
    target_session_attrs: undefined,
    connection: { application_name: applicationName, jit: "off" },
    types: {},
    onnotice: () => {},
    onnotify: onNotify,
    onclose: onClose,
    transform: { undefined: undefined, column: {}, value: {}, row: {} },
    parameters: {},
    shared: { retries: 0, typeArrayMap: {} },
    serializers: { [BYTEA]: (bytes: Uint8Array) => "\\x" + hexOf(bytes) },
    parsers: {
      [INT8]: Number,
      16: (text: string) => text === "t",
      21: Number,
      23: Number,
      26: Number,
      [BYTEA]: bytesIn,
    },
  };
  return postgres(complete as unknown as postgres.Options<Record<string, never>>);
}

function sslOf({ verify, caCert }: { readonly verify: boolean; readonly caCert?: string }): object {
  return caCert === undefined ? { rejectUnauthorized: verify } : { rejectUnauthorized: verify, ca: caCert };
}

/** Numbers as PostgreSQL writes an array of them: one parameter, however many there are. */
export function arrayOf(numbers: Iterable<number>): string {
  return `{${[...numbers].join(",")}}`;
}

/** Texts as PostgreSQL writes an array of them. */
export function textArrayOf(texts: Iterable<string>): string {
  return `{${[...texts].map((text) => `"${text.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}

/** Byte strings as PostgreSQL writes an array of them. */
export function bytesArrayOf(all: Iterable<Uint8Array>): string {
  return `{${[...all].map((bytes) => `"\\\\x${hexOf(bytes)}"`).join(",")}}`;
}

/** The numbers of an array that PostgreSQL wrote. */
export function numbersIn(text: string): number[] {
  return text === "{}" ? [] : text.slice(1, -1).split(",").map(Number);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function bytesIn(text: string): Uint8Array {
  return Buffer.from(text.slice(2), "hex");
}

/** Codes of errors that mean: it is not there, not yet, or not for writing; with time that mends itself. */
const AWAY =
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|ETIMEDOUT|EPIPE|EHOST|ENET|ENOTFOUND|EAI_|57P0[1-5]|08|53|25006|55P03|40)/;

/** Turns the error of a database that is away into the one that every store throws then; others stay as they are. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreAwayError) return error;
  const code = "code" in error ? String(error.code) : "";
  if (AWAY.test(code)) return new StoreAwayError(`PostgreSQL is away (${code})`, { cause: error });
  // A socket that broke while TLS began has no code.
  return /socket|network|connection|tls|eof/i.test(error.message) && !("severity" in error)
    ? new StoreAwayError("PostgreSQL is away (connection lost)", { cause: error })
    : error;
}
