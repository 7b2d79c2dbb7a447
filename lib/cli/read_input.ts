import { UsageError } from "../config.ts";
import type { CliIo } from "./io.ts";

/**
 * Reads what an option such as `--targets FILE` names; `-` is standard input.
 * @param option as it is typed: `--targets`
 * @throws {UsageError} in one line, naming the permission and the task that has it where that is missing
 */
export async function readInput(option: string, path: string, io: CliIo): Promise<string> {
  return path === "-"
    ? await io.readStdin()
    : await readFile(option, path, `, or '${option} -' with it on standard input`);
}

/**
 * As `readInput`, for a file that has no use on standard input: a certificate, a key.
 * @param otherwise what else helps where the permission is missing
 */
export async function readFile(option: string, path: string, otherwise = ""): Promise<string> {
  await refuseWithout(["read"], { option, path, verb: "read", otherwise });
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${option} '${path}': ${whyNot(error)}`, { cause: error });
  }
}

/** @throws {UsageError} in one line, where a permission for a file is missing */
export async function refuseWithout(
  names: readonly ("read" | "write")[],
  { option, path, verb, otherwise = "" }: {
    readonly option: string;
    readonly path: string;
    /** What can't be done without: read, open. */
    readonly verb: string;
    readonly otherwise?: string;
  },
): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    // Asked, not requested: a prompt on an unattended box would wait for ever.
    const { state } = await Deno.permissions.query({ name, path });
    if (state !== "granted") missing.push(`--allow-${name}`);
  }
  if (missing.length === 0) return;
  throw new UsageError(
    `Cannot ${verb} ${option} '${path}': this needs the permission ${
      missing.join(" and ")
    }: use 'deno task start:disk'` +
      `${otherwise === "" ? " or" : ","} the binary of 'deno task compile:disk'${otherwise}`,
  );
}

/** Why a file can't be used, in words. */
export function whyNot(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "the file may not be read by this user";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.InvalidData) return "it is not text in UTF-8";
  return error instanceof Error ? error.message : String(error);
}
