import { dirname } from "node:path";
import { UsageError } from "../config.ts";
import { refuseWithout, whyNot } from "./read_input.ts";
import type { CheckRow } from "./check/row.ts";

/** Whether the spool can be written. Neither makes nor opens it as one: a client may be running. */
export async function checkSpool(path: string | undefined): Promise<CheckRow> {
  const check = "spool";
  if (path === undefined) return { check, status: "ok", detail: "in memory: what waits is lost when the client ends" };
  try {
    await refuseWithout(["read", "write"], { option: "--spool", path, verb: "open" });
    const isThere = await exists(path);
    if (isThere) (await Deno.open(path, { read: true, write: true })).close();
    else await Deno.remove(await Deno.makeTempFile({ dir: dirname(path) }));
    return { check, status: "ok", detail: `${path} ${isThere ? "can be written" : "can be made"}` };
  } catch (error) {
    if (error instanceof UsageError) return { check, status: "fail", detail: error.message };
    const missing = error instanceof Deno.errors.NotFound;
    const reason = missing
      ? `there is no folder ${dirname(path)}`
      : error instanceof Deno.errors.PermissionDenied
      ? "this user may not write there"
      : whyNot(error);
    return {
      check,
      status: "fail",
      detail: `${path}: ${reason}`,
      advice: "give a file in a folder that this user may write",
    };
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
