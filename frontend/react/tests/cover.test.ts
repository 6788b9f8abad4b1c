import { describe, expect, test } from 'vitest';
import { coverOf, HEIGHT, mainGenre, WIDTH } from '../src/lib/cover';
import { contrast, GENRES } from '../src/lib/cover-palette';
import { fit, widthOf } from '../src/lib/cover-text';
import { readable, short } from '../src/lib/title';

const TITLES = [
  'Heat',
  'Toy Story',
  "Amelie (Fabuleux destin d'Amélie Poulain, Le)",
  'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb',
  'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
  'Borat: Cultural Learnings of America for Make Benefit Glorious Nation of Kazakhstan',
  '千と千尋の神隠し',
  '',
  '(500) Days of Summer',
];
const covers = TITLES.flatMap((title) => GENRES.map((genre, i) => coverOf(title, 1950 + i, [genre])));

describe('a cover', () => {
  test('of the same film is the same, always', () => {
    expect(coverOf('Heat', 1995, ['Action', 'Crime'])).toEqual(coverOf('Heat', 1995, ['Action', 'Crime']));
    expect(coverOf('Heat', 1995, ['Action', 'Crime'])).toMatchSnapshot();
  });

  test('of another year or title is another', () => {
    const drawings = new Set(
      Array.from({ length: 200 }, (_, i) => JSON.stringify({ ...coverOf(`Film ${i}`, 1995, ['Drama']), lines: null })),
    );
    expect(drawings.size).toBe(200);
    expect(coverOf('Heat', 1986, ['Action'])).not.toEqual(coverOf('Heat', 1995, ['Action']));
  });

  test('has a title that can be read against its ground', () => {
    for (const cover of covers) expect(contrast(cover.ink, cover.field.fill)).toBeGreaterThanOrEqual(4.5);
  });

  test('keeps its text inside', () => {
    for (const { lines, year, field } of covers) {
      expect(field.y).toBeGreaterThanOrEqual(0);
      expect(field.y + field.height).toBeLessThanOrEqual(HEIGHT + 0.1);
      for (const line of lines) {
        expect(line.x + line.length).toBeLessThanOrEqual(WIDTH);
        expect(line.y).toBeGreaterThan(field.y);
        expect(line.y).toBeLessThan(year.y);
      }
    }
  });

  test('draws with sound numbers, whatever the title', () => {
    for (const { shapes } of covers) {
      expect(shapes.length).toBeGreaterThan(0);
      for (const { d } of shapes) expect(d).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test('needs neither year nor genre', () => {
    const cover = coverOf('Heat', null, []);
    expect(cover.year.text).toBe('');
    expect(cover.shapes.length).toBeGreaterThan(0);
  });
});

test('a genre nobody knows still has a cover', () => {
  expect(mainGenre(['Mumblecore'], 0.5)).toBe('Mumblecore');
  expect(coverOf('Heat', 1995, ['Mumblecore']).shapes.length).toBeGreaterThan(0);
});

test('a title is wrapped at words, in at most five lines, no wider than the cover', () => {
  for (const title of TITLES) {
    const { lines, size } = fit(title, 172, 5);
    expect(lines.length).toBeLessThanOrEqual(5);
    for (const line of lines) expect(widthOf(line) * size).toBeLessThanOrEqual(172);
  }
  expect(fit('Toy Story', 172, 5).lines).toEqual(['Toy Story']);
});

test('a title too long for a cover is cut short visibly', () => {
  expect(fit('many words '.repeat(40), 172, 5).lines.at(-1)).toMatch(/…$/);
});

test('titles read as people say them', () => {
  expect(readable('Matrix, The')).toBe('The Matrix');
  expect(readable("Fabuleux destin d'Amélie Poulain, Le")).toBe("Le Fabuleux destin d'Amélie Poulain");
  expect(readable("Avventura, L'")).toBe("L'Avventura");
  expect(readable('City of Lost Children, The (Cité des enfants perdus, La)')).toBe(
    'The City of Lost Children (La Cité des enfants perdus)',
  );
  expect(readable('Me, Myself & Irene')).toBe('Me, Myself & Irene');
  expect(short('Seven (a.k.a. Se7en)')).toBe('Seven');
  expect(short('City of Lost Children, The (Cité des enfants perdus, La)')).toBe('The City of Lost Children');
  expect(short('(500) Days of Summer')).toBe('(500) Days of Summer');
});
