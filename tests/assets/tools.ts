import { run } from "../../lib/engine/command.ts";
import { say } from "../say.ts";

/** Whether a program is here that tries an asset; where it is not, that is said. */
export async function has(program: string): Promise<boolean> {
  const is = (await run("sh", ["-c", `command -v ${program}`], { killAfterMs: 5000 })).code === 0;
  if (!is) say(`skipped: an asset is not tried: ${program} is not installed`);
  return is;
}

/** Gives `body` a file with this text. */
export async function withFile(name: string, text: string, body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await body(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Standard output and error of a program, whatever its exit code. */
export async function said(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { killAfterMs: 60_000, maxBytes: 1_000_000 });
  return stdout + stderr;
}
