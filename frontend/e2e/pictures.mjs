// Takes the pictures of README.md and docs/frontend.md from MovieLens: node pictures.mjs FOLDER
// Those of every page and state to look at, in both themes and sizes, come from the tests: npm run looks
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBrowser, settled } from './harness/browser.mjs';
import { SOURCES } from './harness/sources.mjs';
import { Stack } from './harness/stack.mjs';
import { ROOT } from './harness/programs.mjs';

const MOVIELENS = SOURCES.find(({ name }) => name === 'MovieLens');
// By their numbers in MovieLens, with stars.
const LIKED = [[2571, 5], [5618, 5], [4973, 4.5], [7361, 4.5], [48394, 4]];
const VIEWS = {
  'plain-page': { where: 'ui/?user=1&n=10', shown: 'tbody tr:nth-child(10)', height: 940 },
  explore: { where: 'app/explore', colorScheme: 'dark', height: 1110 },
  'for-a-user': { where: 'app/users/1', height: 990 },
  'for-you': { where: 'app/you', rated: LIKED, height: 1000 },
  model: { where: 'app/model', height: 1130 },
};

const folder = path.resolve(process.argv[2] ?? 'screenshots/readme');
if (MOVIELENS.skip) throw new Error(MOVIELENS.skip);
await mkdir(folder, { recursive: true });
const stack = await Stack.open(MOVIELENS, {
  API_UI_DIR: path.join(ROOT, 'frontend/html'), API_APP_DIR: path.join(ROOT, 'frontend/react/dist'),
});
const browser = await openBrowser();
try {
  await stack.api.put('experiments', {
    name: 'ranks', variants: [{ name: 'small', version: 1, weight: 1 }, { name: 'large', version: 2, weight: 3 }],
  });
  for (const [name, view] of Object.entries(VIEWS)) await take(name, view);
} finally {
  await browser.close();
  await stack.close();
}

async function take(name, { where, rated = [], shown = 'h1', height, colorScheme = 'light' }) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const ratings = await Promise.all(rated.map(async ([id, rating]) => (
    { movie_id: id, title: (await stack.api.get(`movies/${id}`)).title, rating })));
  await page.addInitScript((text) => { localStorage['cinelake.ratings'] = text; }, JSON.stringify(ratings));
  await page.goto(new URL(where, stack.api.url).href);
  await page.locator(shown).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton:not(.rated *), [aria-busy="true"]'));
  await settled(page);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  await context.close();
}
