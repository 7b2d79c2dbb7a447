import { UsageError } from "../config.ts";
import type { CliIo } from "./io.ts";

/**
 * Makes sure that an option may use the disk. Asked, not requested: a prompt on an unattended box would wait for ever.
 * @throws {UsageError} one line that names the option, the permission and the task that has it
 */
export async function needPermission(kind: "read" | "write", option: string, path: string, hint = ""): Promise<void> {
  const { state } = await Deno.permissions.query({ name: kind, path });
  if (state === "granted") return;
  throw new UsageError(
    `Cannot ${kind} ${option} '${path}': this needs the permission --allow-${kind}: use 'deno task start:disk' ` +
      `or the binary of 'deno task compile:disk'${hint}`,
  );
}

/**
 * Reads the text that an option names: a file, or `-` for standard input, which needs no permission.
 * @throws {UsageError} where it can't be read
 */
export async function readText(option: string, path: string, io: CliIo): Promise<string> {
  if (path === "-") return await io.readStdin();
  await needPermission("read", option, path, `, or '${option} -' with it on standard input`);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${option} '${path}': ${whyNot(error)}`, { cause: error });
  }
}

function whyNot(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "the file may not be read by this user";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}
