// Every page, and the states of each, in both themes, narrow and wide: accessible, within the window, and still.
import { test } from 'node:test';
import { appSuite, complete, heading, NOBODY, notice, plain } from './harness/app.mjs';
import {
  assertAccessible, assertNoSideways, failedRequest, hold, isAsked, LOOKS, screenshot, SOME_LOOKS, SOURCES, watchJumps,
} from './harness/index.mjs';

appSuite('looks', (its, source) => {
  const popular = async () => plain((await its.api.get('popular?n=100')).results);
  const withRatings = async (page) => {
    const ratings = (await popular()).slice(0, 3).map(({ movie_id: id, title }, index) => (
      { movie_id: id, title, rating: 5 - index }));
    await page.addInitScript((text) => { localStorage['cinelake.ratings'] = text; }, JSON.stringify(ratings));
  };
  const film = async () => `films/${(await popular())[0].movie_id}?user=1`;
  const holdAll = (page) => hold(page, isAsked);
  const loading = {
    before: holdAll,
    shown: async (page) => {
      await page.locator('h1').waitFor({ state: 'attached' });
      await page.getByRole('status', { name: 'Loading' }).first().waitFor();
    },
  };
  const says = (text) => ({ shown: (page) => notice(page, text).first().waitFor() });

  const pages = {
    explore: { where: 'explore' },
    'explore-found': { where: 'explore?q=the&genre=Drama&year=1995' },
    users: { where: 'users' },
    user: { where: 'users/1?genre=Drama&genre=Comedy&from=1990' },
    'you-new': { where: 'you' },
    you: { where: 'you?q=the', before: withRatings },
    film: { where: film },
    model: { where: 'model?k=50' },
  };
  const states = {
    'explore-loading': { where: 'explore', ...loading },
    'user-loading': { where: 'users/1', ...loading },
    'you-loading': { where: 'you', ...loading },
    'film-loading': { where: film, ...loading },
    'model-loading': { where: 'model', ...loading },
    'explore-empty': { where: 'explore?q=qqqqzzzz', ...says('No films found') },
    'user-empty': { where: 'users/1?from=2199', ...says('No films match these filters') },
    'user-unknown': { where: `users/${NOBODY}`, expected: failedRequest(404), ...says('not found') },
    'user-bad': { where: 'users/Ada', shown: (page) => page.getByRole('alert').waitFor() },
    'film-unknown': { where: `films/${NOBODY}`, expected: failedRequest(404), ...says('Film not found') },
    missing: { where: 'no/such/page', shown: (page) => heading(page, 'Page not found').waitFor() },
  };
  const look = (state, { where, before = () => {}, shown = complete, expected }, { name, options }) => {
    test(`${state} is accessible, fits and keeps still, ${name}`, async (t) => {
      let assertStill;
      const page = await its.open(t, typeof where === 'string' ? where : await where(), {
        ...options,
        expected,
        before: async (opened) => {
          await before(opened);
          assertStill = await watchJumps(opened);
        },
      });
      await shown(page);
      await assertStill();
      await screenshot(page, `app-${source.name}-${state}-${name}`);
      await assertNoSideways(page);
      await assertAccessible(page);
    });
  };
  for (const [state, how] of Object.entries(pages)) LOOKS.forEach((one) => look(state, how, one));
  // What does not depend on the data is looked at once.
  if (source === SOURCES[0]) {
    for (const [state, how] of Object.entries(states)) SOME_LOOKS.forEach((one) => look(state, how, one));
  }

  for (const [state, { where, before }] of Object.entries(pages)) {
    test(`${state} fits in French, 320`, async (t) => {
      const options = { viewport: { width: 320, height: 800 }, locale: 'fr-FR', before };
      const page = await its.open(t, typeof where === 'string' ? where : await where(), options);
      await complete(page);
      await screenshot(page, `app-${source.name}-${state}-320-french`);
      await assertNoSideways(page);
    });
  }
});
