import { UsageError } from "../config.ts";
import { readFile } from "./read_input.ts";

export interface TlsFiles {
  /** Certificate chain, PEM. */
  readonly cert: string;
  /** Private key, PEM. */
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Reads `--tls-cert` and `--tls-key`; undefined where neither is given.
 * @throws {UsageError} where only one is given, or a file can't be read or is no PEM of its kind
 */
export async function readTls(certFile?: string, keyFile?: string): Promise<TlsFiles | undefined> {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError("options --tls-cert and --tls-key must be given together: one is missing");
  }
  const cert = await readFile("--tls-cert", certFile);
  const key = await readFile("--tls-key", keyFile);
  refuseWithoutPem("--tls-cert", certFile, cert, /-----BEGIN CERTIFICATE-----/, "a certificate");
  refuseWithoutPem(
    "--tls-key",
    keyFile,
    key,
    /-----BEGIN (RSA |EC )?PRIVATE KEY-----/,
    "a private key without password",
  );
  return { cert, key, certFile, keyFile };
}

function refuseWithoutPem(option: string, file: string, text: string, pattern: RegExp, what: string): void {
  if (!pattern.test(text)) throw new UsageError(`Cannot use ${option} '${file}': it must hold ${what} in PEM`);
}
