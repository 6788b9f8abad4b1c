/** Breaking a title into lines. SVG does not wrap text, and measuring in the browser would move what is drawn. */

/** Widths of Arial Bold in ems. In a wider font every letter is narrowed alike, so lines still belong together. */
const WIDTHS: [letters: string, width: number][] = [
  ["iljI.,:;'’| ", 0.28],
  ['tfr()[]-!·', 0.35],
  ['JELFTZSPzskcvxy', 0.6],
  ['w', 0.78],
  ['mMW@%—…', 0.9],
];
const KNOWN = new Map(WIDTHS.flatMap(([letters, width]) => [...letters].map((letter) => [letter, width] as const)));

export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

function letterWidth(letter: string): number {
  const known = KNOWN.get(letter);
  if (known) return known;
  // Chinese, Japanese and Korean letters fill a square.
  if (letter.charCodeAt(0) > 0x2e80) return 1;
  return letter === letter.toLowerCase() ? 0.6 : 0.73;
}

export interface Lines {
  lines: string[];
  size: number;
}

const SIZES = [27, 23, 20, 17, 15, 13];

/** The title in the largest letters that fit, at most `most` lines of `width`; the last resort cuts it short. */
export function fit(title: string, width: number, most: number): Lines {
  for (const size of SIZES) {
    const lines = wrap(title, width / size);
    if (lines && lines.length <= (size > 20 ? Math.min(most, 3) : most)) return { lines, size };
  }
  const size = SIZES[SIZES.length - 1] ?? 13;
  const broken = wrap(chop(title, width / size), width / size) ?? [title];
  const lines = broken.slice(0, most);
  if (broken.length > most) lines[most - 1] = cut(lines[most - 1] ?? '', width / size);
  return { lines, size };
}

/** Lines no wider than `width` ems, or null where one word is wider. */
function wrap(title: string, width: number): string[] | null {
  const lines: string[] = [];
  let line = '';
  for (const word of title.split(/\s+/).filter(Boolean)) {
    if (widthOf(word) > width) return null;
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line) lines.push(line);
  return lines;
}

/** The same text with words wider than a line broken. */
function chop(title: string, width: number): string {
  let part = '';
  let chopped = '';
  for (const letter of title) {
    part = /\s/.test(letter) ? '' : part + letter;
    if (widthOf(part) > width) {
      chopped += ' ';
      part = letter;
    }
    chopped += letter;
  }
  return chopped;
}

function cut(line: string, width: number): string {
  let kept = line;
  while (kept && widthOf(`${kept}…`) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
