import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BUDGET = 110_000;
/** What every page needs. */
const FIRST = ['index.html', 'src/start.tsx'];

interface Chunk {
  file: string;
  imports?: string[];
  isEntry?: boolean;
  src?: string;
}

let folder: string;
let manifest: Record<string, Chunk>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cinelake-app-'));
  // Vitest sets "test", and React would be built for development.
  const mode = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  await build({ logLevel: 'error', mode: 'production', build: { outDir: folder, emptyOutDir: true } });
  process.env.NODE_ENV = mode;
  manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files that these chunks need, each once. */
function filesOf(keys: readonly string[]): Set<string> {
  const files = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    chunk.imports?.forEach(visit);
  };
  keys.forEach(visit);
  return files;
}

const compressed = (files: Set<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);

describe('the build', () => {
  test.for(['Explore', 'You', 'User', 'Film', 'Model'])('loads at most 110 kB of JavaScript to show %s', (page) => {
    for (const language of ['en', 'fr']) {
      const files = filesOf([...FIRST, `src/i18n/${language}.ts`, `src/pages/${page}.tsx`]);
      expect(files.size).toBeGreaterThan(2);
      expect(compressed(files)).toBeLessThanOrEqual(BUDGET);
    }
  });

  test('loads the code of a page with that page', () => {
    const first = [...filesOf(FIRST)].map((file) => readFileSync(join(folder, file), 'utf8')).join('');
    expect(first).not.toContain('line-chart');
  });

  test('paints its frame before any script, and begins at once to load all that every page needs', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).toMatch(/<div id="root">[^]*<header class="top">[^]*Cinelake[^]*<main>[^]*class="skeleton/);
    for (const file of filesOf(FIRST)) expect(html).toMatch(new RegExp(`fetchpriority="low"[^>]*"/app/${file}"`));
  });

  test('has nothing inline that a strict policy would block', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|data:/i);
    for (const [script] of html.matchAll(/<script[^>]*>/g)) expect(script).toContain(' src="/app/assets/');
  });

  test('names every asset by its content', () => {
    for (const name of readdirSync(join(folder, 'assets'))) expect(name).toMatch(/-[\w-]{8}\.(js|css)$/);
  });
});
