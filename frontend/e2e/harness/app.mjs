// What the test files about the React app share.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { suite } from './index.mjs';
import { ROOT } from './programs.mjs';
import { SOURCES } from './sources.mjs';

const BUILD = 'frontend/react/dist';
/** Films of a page of a list. */
export const PAGE = 24;
/** An id that no film and no user has. */
export const NOBODY = 4_000_000_001;

/** What the console has when a file of a page cannot be loaded. */
export const UNLOADED = /^Failed to load resource|dynamically imported module|Unable to preload|load preload assets/;

/** A service without any version. */
export const EMPTY = { name: 'no data', empty: true };

/**
 * A suite for each of the sources, about the built app. `its.open(t, 'films/1', options)` opens a page at an address
 * below /app/; `options` are those of `its.page`, and `before(page)`, which is awaited before the page is loaded.
 */
export function appSuite(subject, tests, sources = SOURCES) {
  for (const source of sources) {
    suite(`the app: ${subject}`, source, { serves: { app: BUILD }, needs: built }, (its) => {
      its.at = (where = '') => `${its.api.url}app/${where}`;
      its.open = async (t, where, { before, ...options } = {}) => {
        const page = await its.page(t, options);
        await before?.(page);
        await page.goto(its.at(where));
        return page;
      };
      tests(its, source);
    });
  }
}

function built() {
  if (existsSync(path.join(ROOT, BUILD, 'index.html'))) return;
  throw new Error(`no build of the app in ${BUILD}: cd frontend/react && npm ci && npm run build`);
}

/** The links to films in a wall or rail, as "which" finds it. */
export const cards = (page, which = '.wall') => page.locator(`${which} .card-link`);

/** The ids of the films that are shown. */
export const shownIds = (page, which) => cards(page, which).evaluateAll((all) => (
  all.map((link) => Number(link.pathname.split('/').at(-1)))));

export const idsOf = (films) => films.map(({ movie_id: id }) => id);

/** Waits until just these films are shown, in this order. */
export async function assertFilms(page, films, which) {
  const due = idsOf(films);
  let shown;
  await until(async () => {
    shown = await shownIds(page, which);
    return shown.join() === due.join();
  }, page).catch(() => assert.deepEqual(shown, due));
}

/** Waits until `isSo` says true. */
export async function until(isSo, page, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${isSo}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Waits until nothing loads any more: no placeholder is left. */
export const complete = (page) => page.waitForFunction(() => (
  document.querySelector('h1') && !document.querySelector('.skeleton, [aria-busy="true"]')));

export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });
export const search = (page) => page.getByRole('searchbox');
export const query = (page) => new URL(page.url()).search;
/** A notice as of an empty list or an error. */
export const notice = (page, text) => page.locator('.notice-box').filter({ hasText: text });

/** Waits until the address asks for this; the order of the names does not count. */
export async function assertQuery(page, due) {
  const sorted = (text) => [...new URLSearchParams(text)].sort(([one], [other]) => one.localeCompare(other));
  await page.waitForURL(({ search: shown }) => `${sorted(shown)}` === `${sorted(due)}`)
    .catch(() => assert.deepEqual(sorted(query(page)), sorted(due)));
}

/** Films whose titles are shown as the data has them: without an article at the end, or other titles in brackets. */
export const plain = (films) => films.filter(({ title }) => /^[A-Za-z ]+$/.test(title));

/** Gives a film so many stars by the mouse, within a part of the page. */
export async function rate(page, movieId, stars, within = page) {
  const link = within.locator(`.card:has(> a[href="/app/films/${movieId}"])`).first();
  await giveStars(link.getByRole('slider'), stars);
}

/** A click on the right half of a star gives it whole, on the left half only half of it. */
export async function giveStars(slider, stars) {
  await slider.scrollIntoViewIfNeeded();
  const drawn = await slider.locator('xpath=preceding-sibling::*').boundingBox();
  const { x, height } = await slider.boundingBox();
  await slider.click({ position: { x: drawn.x - x + (drawn.width * (stars - 0.25)) / 5, y: height / 2 } });
}
