/** Blocks whose characters take two columns: Hangul, kana, Han, full-width forms (Unicode TR 11, East Asian Width W and F). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Takes no column: combining marks. */
const MARK = /^\p{M}$/u;
/** Steers a terminal or turns the direction of what follows: never shown. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** Columns that `text` takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/**
 * `text` in exactly `width` columns: padded, or cut with `…`.
 * @param align which side the text stands on; default `left`
 */
export function fit(text: string, width: number, { align = "left" }: { align?: "left" | "right" } = {}): string {
  const cut = cutTo(text.replace(HIDDEN, ""), width);
  const padding = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return align === "left" ? cut + padding : padding + cut;
}

function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const character of text) {
    const next = widthOf(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}

function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
