import { isIP } from "node:net";
import type { Resolve } from "../../engine/resolve.ts";
import { label, type Target } from "../../target.ts";
import type { CheckRow } from "./row.ts";

/** Questions at once. */
const LANES = 16;
/** So many bad names are said; of the others the number. */
const MAX_SAID = 20;

/** Whether each target that is a name resolves. */
export async function checkNames(targets: readonly Target[], resolve: Resolve): Promise<CheckRow[]> {
  const named = targets.filter(({ host }) => isIP(host.replace(/%.*$/, "")) === 0);
  if (named.length === 0) return [{ check: "dns", status: "ok", detail: "no target is a name" }];
  const bad: { readonly target: Target; readonly reason: string }[] = [];
  const left = [...named];
  const lane = async () => {
    for (let target = left.shift(); target !== undefined; target = left.shift()) {
      const reason = await whyNot(target, resolve);
      if (reason !== undefined) bad.push({ target, reason });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const rows = bad.slice(0, MAX_SAID).map(({ target, reason }): CheckRow => ({
    check: "dns",
    status: "fail",
    detail: `${label(target)} does not resolve: ${reason}`,
    advice: "mend the name, or this box's resolver; until then its rounds are failed/unresolved",
  }));
  const more = bad.length - rows.length;
  if (more > 0) rows.push({ check: "dns", status: "fail", detail: `and ${more} more names do not resolve` });
  return bad.length > 0
    ? rows
    : [{ check: "dns", status: "ok", detail: `${named.length} of ${named.length} names resolve` }];
}

async function whyNot({ host, family }: Target, resolve: Resolve): Promise<string | undefined> {
  try {
    const found = await resolve(host, family);
    return found.length > 0 ? undefined : "it has no address";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
