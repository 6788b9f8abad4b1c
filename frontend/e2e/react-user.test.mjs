// For a user: recommendations with reasons and filters, and what the user rated beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appSuite, assertFilms, assertQuery, cards, complete, heading, NOBODY, notice, PAGE, plain, query,
} from './harness/app.mjs';
import { failedRequest, hold, listen } from './harness/index.mjs';

appSuite('For a user', (its) => {
  const list = async (asked = '', n = PAGE) => (await its.api.get(`reco/1?n=${n}${asked}`)).results;
  const genre = (page, name) => page.getByRole('group', { name: 'Genres' }).getByRole('button', { name, exact: true });
  const field = (page) => page.getByLabel('User ID');
  const WALL = '.beside .wall';

  test('shows popular films until a user is chosen', async (t) => {
    const page = await its.open(t, 'users');
    await heading(page, 'For a user').waitFor();
    await assertFilms(page, (await its.api.get(`popular?n=${PAGE}`)).results);
  });

  test('shows the list of the user that one types, best first, with its model', async (t) => {
    const page = await its.open(t, 'users');
    await field(page).fill('1');
    await field(page).press('Enter');
    await heading(page, 'For user 1').waitFor();
    assert.equal(new URL(page.url()).pathname, '/app/users/1');
    assert.equal(await page.title(), 'For user 1 · Cinelake');
    await assertFilms(page, await list(), WALL);
    const ranks = await page.locator(`${WALL} .badge`).allTextContents();
    assert.deepEqual(ranks, Array.from({ length: PAGE }, (_, index) => `${index + 1}`));
    const { model_version: version } = await its.api.get('reco/1?n=1');
    await page.getByText('From the model').waitFor();
    await page.getByText(`Model ${version}`, { exact: true }).waitFor();
  });

  test('says of each film which ones they liked it comes from, unless one does not want to know', async (t) => {
    const page = await its.open(t, 'users/1');
    const due = await list('&explain=true');
    await assertFilms(page, due, WALL);
    const clear = due.filter(({ because }) => because.length > 1 && plain(because.slice(0, 2)).length === 2);
    assert.ok(clear.length > 0, 'some reasons are of films with plain titles');
    for (const { movie_id: id, because: [one, other] } of clear) {
      const said = page.locator(`${WALL} .card:has(> a[href="/app/films/${id}"]) .because`);
      assert.equal(await said.textContent(), `Because they liked ${one.title} and ${other.title}`);
    }
    const without = page.waitForRequest(/\/reco\/1\?.*explain=false/);
    await page.getByLabel('Show reasons').click();
    await assertQuery(page, '?why=0');
    await without;
    await page.getByRole('checkbox', { name: 'Show reasons', checked: false }).waitFor();
    await page.locator('.because').first().waitFor({ state: 'detached' });
    await page.reload();
    await assertFilms(page, due, WALL);
    assert.equal(await page.getByText('Because they liked').count(), 0);
  });

  test('shows what they rated beside it, newest first, and more of it on request', async (t) => {
    const page = await its.open(t, 'users/1', { viewport: { width: 1440, height: 900 } });
    const history = page.getByRole('complementary', { name: 'Their ratings' });
    const { total, results } = await its.api.get('users/1/ratings?n=24');
    await history.getByText(`${total} films`).waitFor();
    const rows = history.locator('.rated');
    const shown = () => rows.evaluateAll((all) => all.map((row) => [
      Number(row.querySelector('a').pathname.split('/').at(-1)), row.querySelector('[role=img]').ariaLabel]));
    const due = results.map(({ movie_id: id, rating }) => [id, `${rating} of 5 stars`]);
    await rows.nth(11).waitFor();
    assert.deepEqual(await shown(), due.slice(0, 12));
    await history.getByRole('button', { name: 'More' }).click();
    await rows.nth(23).waitFor();
    assert.deepEqual(await shown(), due);
    await complete(page);
    const wall = await page.locator(WALL).boundingBox();
    const beside = await history.boundingBox();
    assert.ok(beside.x >= wall.x + wall.width && beside.y < wall.y + wall.height, 'it stands beside the list');
  });

  test('filters by genres and years, all in the address', async (t) => {
    const page = await its.open(t, 'users/1');
    await assertFilms(page, await list(), WALL);
    const steps = [
      ['?genre=Drama', () => genre(page, 'Drama').click()],
      ['?genre=Drama&genre=Comedy', () => genre(page, 'Comedy').click()],
      ['?genre=Drama&genre=Comedy&from=1990', () => page.getByLabel('From year').fill('1990')],
      ['?genre=Drama&genre=Comedy&from=1990&to=1999', () => page.getByLabel('To year').fill('1999')],
    ];
    const asked = (address) => address.replace('?', '&').replace('from', 'min_year').replace('to=', 'max_year=');
    for (const [address, act] of steps) {
      await act();
      await assertQuery(page, address);
      await assertFilms(page, await list(asked(address)), WALL);
    }
    const full = steps.at(-1)[0];
    for (const { movie_id: id } of await list(asked(full))) {
      const { year, genres } = await its.api.get(`movies/${id}`);
      assert.ok(year >= 1990 && year <= 1999, `film ${id} is of ${year}`);
      assert.ok(genres.some((name) => ['Drama', 'Comedy'].includes(name)), `film ${id} is of ${genres}`);
    }
    await page.reload();
    await assertFilms(page, await list(asked(full)), WALL);
    assert.equal(await genre(page, 'Comedy').getAttribute('aria-pressed'), 'true');
    assert.equal(await page.getByLabel('From year').inputValue(), '1990');
    await page.goBack();
    await assertQuery(page, steps[2][0]);
    await assertFilms(page, await list(asked(steps[2][0])), WALL);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await assertQuery(page, '');
    await assertFilms(page, await list(), WALL);
  });

  test('says when no film passes the filters', async (t) => {
    const page = await its.open(t, 'users/1?from=2199&to=2200');
    await notice(page, 'No films match these filters').waitFor();
    assert.equal(await cards(page).count(), 0);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await assertFilms(page, await list(), WALL);
  });

  test('goes on down the list', async (t) => {
    const page = await its.open(t, 'users/1');
    await assertFilms(page, await list(), WALL);
    await page.getByRole('button', { name: 'More films' }).click();
    await assertFilms(page, await list('', 2 * PAGE), WALL);
    assert.equal(await page.locator(`${WALL} .badge`).last().textContent(), `${2 * PAGE}`);
  });

  test('shows placeholders for list and history while they load', async (t) => {
    const releases = [];
    const page = await its.open(t, 'users/1', {
      before: async (opened) => {
        releases.push(await hold(opened, '**/reco/1?**'), await hold(opened, '**/users/1/ratings?**'));
      },
    });
    await heading(page, 'For user 1').waitFor();
    assert.equal(await page.locator('.wall .skeleton.cover').count(), PAGE);
    assert.ok(await page.locator('.history .skeleton').count() > 0);
    assert.equal(await page.getByRole('status', { name: 'Loading' }).count(), 2);
    releases.forEach((release) => release());
    await assertFilms(page, await list(), WALL);
    await complete(page);
  });

  test('refuses what is no user number, and asks nothing', async (t) => {
    const page = await its.open(t, 'users');
    await complete(page);
    const asked = listen(page);
    for (const text of ['Ada', '', '-1', '1.5']) {
      await field(page).fill(text);
      await page.getByRole('button', { name: 'Show' }).click();
      await page.getByRole('alert').getByText('A user ID is a whole number.').waitFor();
      assert.equal(await field(page).getAttribute('aria-invalid'), 'true');
      await field(page).fill('1');
      assert.equal(await field(page).getAttribute('aria-invalid'), 'false', 'typing takes the word back');
    }
    assert.deepEqual(asked, []);
    await page.goto(its.at('users/Ada'));
    await page.getByRole('alert').getByText('A user ID is').waitFor();
    assert.equal(await field(page).inputValue(), 'Ada');
  });

  test('says that a user is unknown, and goes on to another', async (t) => {
    const page = await its.open(t, `users/${NOBODY}`, { expected: failedRequest(404) });
    await notice(page, `User ${NOBODY} not found`).waitFor();
    await field(page).fill('1');
    await page.getByRole('button', { name: 'Show' }).click();
    await assertFilms(page, await list(), WALL);
  });

  test('finds a random user', async (t) => {
    const page = await its.open(t, 'users');
    await page.getByRole('button', { name: 'Random user' }).click();
    await page.waitForURL(/\/users\/\d+$/);
    const user = new URL(page.url()).pathname.split('/').at(-1);
    await heading(page, `For user ${user}`).waitFor();
    await assertFilms(page, (await its.api.get(`reco/${user}?n=${PAGE}`)).results, WALL);
    assert.equal(await field(page).inputValue(), user);
    assert.equal(query(page), '');
  });
});
