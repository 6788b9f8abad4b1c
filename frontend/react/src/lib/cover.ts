import { contrast, paletteFor } from './cover-palette';
import { motifFor, type Shape } from './cover-shapes';
import { fit, widthOf } from './cover-text';
import { hash, randomFrom } from './random';
import { short } from './title';

export interface Line {
  text: string;
  x: number;
  y: number;
  size: number;
  /** The width it is set to, so that no font makes it run over the edge. */
  length: number;
}

export interface Cover {
  ground: string;
  /** How far down the drawing is moved to make room for a title above it. */
  down: number;
  shapes: Shape[];
  /** The plain field that carries the title. */
  field: { x: number; y: number; width: number; height: number; fill: string };
  ink: string;
  lines: Line[];
  year: { text: string; x: number; y: number };
}

export const WIDTH = 200;
export const HEIGHT = 300;
const MARGIN = 14;

// Genres that say little about how a film feels give way to those that say more.
const TELLING = [
  ...['Film-Noir', 'Western', 'Horror', 'Documentary', 'Animation', 'Musical', 'Sci-Fi', 'War', 'Children', 'Fantasy'],
  ...['Romance', 'Mystery', 'Crime', 'Adventure', 'Comedy', 'Thriller', 'Action', 'Drama', 'IMAX'],
];

export function mainGenre(genres: readonly string[], pick: number): string | undefined {
  const known = TELLING.filter((genre) => genres.includes(genre)).slice(0, 2);
  return known[Math.floor(pick * known.length)] ?? genres[0];
}

/** The cover of a film: the same film, the same cover, on every machine. */
export function coverOf(title: string, year: number | null | undefined, genres: readonly string[]): Cover {
  const draw = randomFrom(hash(`${title}|${year ?? ''}|${genres.join(',')}`));
  const genre = mainGenre(genres, draw());
  const palette = paletteFor(genre, draw);
  const [ground, quiet, middle, loud] = palette;
  const shapes = motifFor(genre, draw)(draw, palette);
  const fill = [ground, ground, loud, quiet, middle][Math.floor(draw() * 5)] ?? ground;
  const ink = [loud, ground, '#ffffff', '#101014'].find((colour) => contrast(colour, fill) >= 4.5) ?? inkOn(fill);

  const layout = Math.floor(draw() * 5);
  const inset = layout === 4 ? 16 : 0;
  const text = fit(short(title), WIDTH - 2 * MARGIN - 2 * inset, 5);
  const tall = text.lines.length * text.size * 1.14 + 42;
  const top = layout === 3 ? 0 : HEIGHT - tall - inset;
  const x = MARGIN + inset;
  const lines = text.lines.map((line, i) => ({
    text: line,
    x,
    y: round(top + 16 + text.size * (0.78 + i * 1.14)),
    size: text.size,
    length: round(Math.min(widthOf(line) * text.size, WIDTH - 2 * x)),
  }));
  return {
    ground,
    down: top === 0 ? round(tall) : 0,
    shapes,
    field: { x: inset, y: round(top), width: WIDTH - 2 * inset, height: round(tall), fill },
    ink,
    lines,
    year: { text: year ? String(year) : '', x, y: round(top + tall - 12) },
  };
}

const inkOn = (fill: string): string => (contrast('#ffffff', fill) > contrast('#000000', fill) ? '#ffffff' : '#000000');
const round = (value: number): number => Math.round(value * 10) / 10;
