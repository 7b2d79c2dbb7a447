import type { Clock } from "../clock.ts";
import { type Config, UsageError } from "../config.ts";
import type { Log } from "../log.ts";
import type { Outbox } from "../outbox.ts";
import { createMemoryOutbox } from "../outbox/memory.ts";
import { SpoolError } from "../outbox/spool_fault.ts";
import { createSqliteOutbox } from "../outbox/sqlite.ts";
import { refuseWithout } from "./read_input.ts";

/**
 * The outbox that the configuration asks for.
 * @throws {UsageError} where the spool needs a permission, another process has it, or its folder does not exist
 */
export async function openOutbox(
  { spool, maxQueue }: Config,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Outbox> {
  const bound = maxQueue === undefined ? {} : { maxResults: maxQueue };
  if (spool === undefined) return createMemoryOutbox(bound);
  await refuseWithout(["read", "write"], { option: "--spool", path: spool, verb: "open" });
  try {
    return createSqliteOutbox({ path: spool, clock, log, ...bound });
  } catch (error) {
    if (error instanceof SpoolError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
