import { createHash } from "node:crypto";
import favicon from "./dashboard/favicon.svg" with { type: "text" };
import index from "./dashboard/index.html" with { type: "text" };
import page from "./dashboard/page.js" with { type: "text" };
import style from "./dashboard/style.css" with { type: "text" };

interface StaticFile {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

/** The page's files travel inside the program: no permission to read, nothing from the internet. */
const FILES: Readonly<Record<string, StaticFile>> = {
  "/": file(index, "text/html; charset=utf-8"),
  "/page.js": file(page, "text/javascript; charset=utf-8"),
  "/style.css": file(style, "text/css; charset=utf-8"),
  "/favicon.svg": file(favicon, "image/svg+xml"),
};

export const STATIC_PATHS: readonly string[] = Object.keys(FILES);

/** Answers with one of the files. `no-cache` and the ETag: after an update the new page is seen at once. */
export function serveStatic(request: Request): Response {
  const found = FILES[new URL(request.url).pathname];
  if (found === undefined) throw new Error("a static route without a file");
  const { text, type, etag } = found;
  const headers = { "content-type": type, "cache-control": "no-cache", etag };
  const known = request.headers.get("if-none-match")?.split(/\s*,\s*/).map((tag) => tag.replace(/^W\//, "")) ?? [];
  return known.includes(etag) ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
}

function file(text: string, type: string): StaticFile {
  return { text, type, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 20)}"` };
}
