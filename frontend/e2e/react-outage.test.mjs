// The service is stopped, or cannot answer, and comes back: pages say so, lose nothing and go on by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appSuite, assertFilms, assertQuery, cards, complete, EMPTY, giveStars, heading, notice, PAGE, plain, query, UNLOADED,
  until,
} from './harness/app.mjs';
import { assertAccessible, failedRequest, hold, isAsked, screenshot } from './harness/index.mjs';
import { publish, SOURCES } from './harness/sources.mjs';

const FAILED = 'Could not load this';
const down = (page) => page.locator('.down').getByText('Recommendations are unavailable right now.');
const gone = (locator) => locator.first().waitFor({ state: 'detached' });
const withRating = ({ movie_id: id, title }) => (page) => page.addInitScript((text) => {
  localStorage['cinelake.ratings'] ??= text;
}, JSON.stringify([{ movie_id: id, title, rating: 5 }]));

appSuite('stopped and back', (its) => {
  const some = async (place = 0) => plain((await its.api.get('popular?n=100')).results)[place];
  /** The service is stopped while `act` goes on. */
  const without = async (act) => {
    await its.api.stop();
    try {
      await act();
    } finally {
      await its.api.start();
    }
  };
  const back = async (page) => {
    await gone(down(page));
    await gone(notice(page, FAILED));
    await complete(page);
  };
  const expected = failedRequest();

  test('every page says so, and loads by itself what it could not', async (t) => {
    const film = await some();
    const places = ['explore?genre=Drama', 'users', 'users/1?genre=Drama', 'you', `films/${film.movie_id}`, 'model'];
    const opened = await Promise.all(places.map(async (where) => {
      let release;
      const page = await its.open(t, where, {
        expected,
        before: async (one) => {
          await withRating(film)(one);
          release = await hold(one, isAsked);
        },
      });
      await page.locator('.skeleton').first().waitFor();
      return { where, page, release };
    }));
    await without(async () => {
      for (const { where, page, release } of opened) {
        release();
        await notice(page, FAILED).first().waitFor();
        await down(page).waitFor();
        await screenshot(page, `app-down-${where.replace(/\W/g, '-')}`);
      }
      await assertAccessible(opened[2].page);
    });
    for (const { where, page } of opened) {
      await back(page);
      assert.ok(page.url().endsWith(where), 'the address is as it was');
    }
    const films = async (asked) => (await its.api.get(asked)).results;
    await assertFilms(opened[0].page, await films(`movies?limit=${PAGE}&genre=Drama`));
    await assertFilms(opened[2].page, await films(`reco/1?n=${PAGE}&genre=Drama`), '.beside .wall');
    await heading(opened[4].page, film.title).waitFor();
    await opened[5].page.getByRole('region', { name: 'Compared with the baseline' }).waitFor();
  });

  test('what is shown stays, and the wall goes on where it ended', async (t) => {
    const page = await its.open(t, 'explore', { expected });
    await assertFilms(page, (await its.api.get(`movies?limit=${PAGE}`)).results);
    await without(async () => {
      await until(async () => {
        await page.mouse.wheel(0, 4000);
        return notice(page, FAILED).isVisible();
      }, page);
      await down(page).waitFor();
      assert.equal(await cards(page).count(), PAGE);
      await page.getByRole('button', { name: 'Try again' }).click();
      await notice(page, FAILED).waitFor();
    });
    await gone(down(page));
    await until(async () => await cards(page).count() >= 2 * PAGE, page);
  });

  test('a rating that is given meanwhile is kept, and answered when the service is back', async (t) => {
    const film = await some();
    const page = await its.open(t, 'you', { expected });
    await cards(page, '.rail').first().waitFor();
    await complete(page);
    await without(async () => {
      await giveStars(page.getByRole('slider', { name: `Your rating of ${film.title}`, exact: true }).first(), 5);
      await notice(page, FAILED).first().waitFor();
      await page.getByRole('complementary', { name: 'Your ratings' }).getByText('1 film', { exact: true }).waitFor();
      await down(page).waitFor();
      const undo = await page.locator('.undo-box').boundingBox();
      const said = await page.locator('.down p').boundingBox();
      assert.ok(undo.y + undo.height <= said.y, 'one notice does not hide the other');
    });
    const ratings = [{ movie_id: film.movie_id, rating: 5 }];
    const { results } = await its.api.post('reco/fold-in', { ratings, n: 48 });
    await assertFilms(page, results, 'section[aria-labelledby=recommended] .wall');
    await back(page);
  });

  test('one goes on through what is known, and filters count when the service is back', async (t) => {
    const page = await its.open(t, 'users/1', { expected });
    await complete(page);
    await without(async () => {
      await page.getByRole('group', { name: 'Genres' }).getByRole('button', { name: 'Comedy' }).click();
      await assertQuery(page, '?genre=Comedy');
      await notice(page, FAILED).waitFor();
      await page.goBack();
      await gone(notice(page, FAILED));
      await assertQuery(page, '');
      assert.equal(await cards(page, '.beside .wall').count(), PAGE);
      await page.goForward();
      await notice(page, FAILED).waitFor();
    });
    await assertFilms(page, (await its.api.get(`reco/1?n=${PAGE}&genre=Comedy`)).results, '.beside .wall');
    assert.equal(query(page), '?genre=Comedy');
  });

  test('a page whose file is not there yet comes by itself, too', async (t) => {
    const page = await its.open(t, 'explore', { expected: UNLOADED });
    await complete(page);
    await without(async () => {
      await page.getByRole('link', { name: 'Model', exact: true }).click();
      await page.getByRole('alert').getByRole('heading', { name: FAILED }).waitFor();
      await down(page).waitFor();
      await assertAccessible(page);
    });
    await heading(page, 'Model').waitFor();
    await page.getByRole('region', { name: 'Live version' }).waitFor();
  });

  test('a database that does not answer is told in the words of the service', async (t) => {
    const page = await its.open(t, 'users', { expected: failedRequest(503) });
    await complete(page);
    await its.stack.server.shut(its.stack.database);
    t.after(() => its.stack.server.reopen(its.stack.database));
    await until(async () => (await fetch(`${its.api.url}reco/1`)).status === 503, page);
    const { detail } = await (await fetch(`${its.api.url}reco/1`)).json();
    await page.getByLabel('User ID').fill('1');
    await page.getByRole('button', { name: 'Show' }).click();
    await notice(page, detail).first().waitFor();
    await down(page).waitFor();
    await its.stack.server.reopen(its.stack.database);
    await back(page);
    await assertFilms(page, (await its.api.get(`reco/1?n=${PAGE}`)).results, '.beside .wall');
  });
});

appSuite('before the first version', (its) => {
  test('every page says so in the words of the service, and has films by itself once there is a version', async (t) => {
    const { detail } = await (await fetch(`${its.api.url}popular`)).json();
    const expected = failedRequest(503);
    const before = withRating({ movie_id: 1, title: 'A film' });
    const opened = [];
    for (const where of ['explore', 'users/1', 'you', 'films/1']) {
      const page = await its.open(t, where, { expected, before });
      opened.push(page);
      await notice(page, detail).first().waitFor();
      await down(page).waitFor();
      await screenshot(page, `app-no-version-${where.replace(/\W/g, '-')}`);
      await assertAccessible(page);
    }
    const model = await its.open(t, 'model');
    await notice(model, 'No versions yet').waitFor();
    await assertAccessible(model);
    await publish(its.stack.database, { ...SOURCES[0], ranks: [8] });
    for (const page of opened) await gone(down(page));
    await assertFilms(opened[0], (await its.api.get(`movies?limit=${PAGE}`)).results);
    await assertFilms(opened[1], (await its.api.get(`reco/1?n=${PAGE}`)).results, '.beside .wall');
  });
}, [EMPTY]);
