import { MAX_BODY_BYTES } from "../recorder_contract.ts";
import { Problem } from "./problem.ts";

/**
 * Reads a body of at most 1 MiB as JSON, whatever its content type says: curl's default names a form.
 * @throws {Problem} 413 when it is larger, also where it came without a length; 400 when it is no JSON in UTF-8
 */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Problem(400, "Cannot read the body: it must be JSON in UTF-8");
  }
}

async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { value, done } = await reader.read().catch(() => {
      throw new Problem(400, "Cannot read the body: it ended too early");
    });
    if (done) break;
    size += value.length;
    if (size > MAX_BODY_BYTES) {
      // Deno's server reads the rest away by itself, so the sender still gets to see the answer.
      await reader.cancel().catch(() => {});
      throw new Problem(413, `Cannot take the body: it must be at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(value);
  }
  return join(chunks, size);
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
