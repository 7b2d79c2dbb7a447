import { createHash } from "node:crypto";
import { PAGE_FILES } from "./dashboard/files.ts";

interface StaticFile {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The page's files travel inside the program: no permission to read, nothing from the internet. */
const FILES: ReadonlyMap<string, StaticFile> = new Map(
  Object.entries(PAGE_FILES).map(([path, text]) => [path, file(path, text)]),
);

export const STATIC_PATHS: readonly string[] = [...FILES.keys()];

/** Answers with one of the files. `no-cache` and the ETag: after an update the new page is seen at once. */
export function serveStatic(request: Request): Response {
  const found = FILES.get(new URL(request.url).pathname);
  if (found === undefined) throw new Error("a static route without a file");
  const { text, type, etag } = found;
  const headers = { "content-type": type, "cache-control": "no-cache", etag };
  const known = request.headers.get("if-none-match")?.split(/\s*,\s*/).map((tag) => tag.replace(/^W\//, "")) ?? [];
  return known.includes(etag) ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
}

function file(path: string, text: string): StaticFile {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/html; charset=utf-8";
  return { text, type, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 20)}"` };
}
