/**
 * A Python with these packages, in an environment of its own below `folder`.
 * @returns the path of its interpreter, or undefined where there is no Python or the packages can't be had
 */
export async function pythonWith(folder: string, ...packages: string[]): Promise<string | undefined> {
  const venv = `${folder}/venv`;
  const script = `python3 -m venv ${venv} && ${venv}/bin/pip -q install ${packages.join(" ")}`;
  const { success } = await new Deno.Command("sh", { args: ["-c", script], stdout: "null", stderr: "null" }).output();
  return success ? `${venv}/bin/python` : undefined;
}
