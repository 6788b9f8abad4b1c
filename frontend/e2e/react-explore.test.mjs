// Explore: genres, search as you type, filters in the address, a wall without end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appSuite, assertFilms, assertQuery, cards, heading, idsOf, notice, PAGE, plain, query, search, shownIds, until,
} from './harness/app.mjs';
import { hold, listen } from './harness/index.mjs';

appSuite('Explore', (its) => {
  const films = async (asked = '') => (await its.api.get(`movies?limit=${PAGE}${asked}`)).results;
  const chip = (page, name) => page.getByRole('group', { name: 'Genres' }).getByRole('button', { name, exact: false });
  const searches = (page) => listen(page, /^\/movies$/);

  test('shows the most rated films first, each with title, year and genres, under a cover', async (t) => {
    const page = await its.open(t, 'explore');
    await heading(page, 'Explore').waitFor();
    const due = await films();
    await assertFilms(page, due);
    assert.equal(await page.title(), 'Explore · Cinelake');
    const [film] = plain(due.filter(({ genres }) => genres.every((name) => !name.includes('-'))));
    const card = page.locator(`.card-link[href="/app/films/${film.movie_id}"]`);
    const facts = [film.year, film.genres.slice(0, 2).join(', ')].filter(Boolean).join(' · ');
    assert.equal(await card.locator('.caption').innerText(), `${film.title}\n${facts}`);
    assert.equal(await card.locator('svg.cover').getAttribute('aria-hidden'), 'true', 'the title stands below');
  });

  test('draws a film the same way each time, and no two alike', async (t) => {
    const page = await its.open(t, 'explore');
    const covers = async () => {
      await cards(page).nth(PAGE - 1).waitFor();
      return page.locator('.wall svg.cover').evaluateAll((all) => all.map((cover) => cover.innerHTML));
    };
    const first = await covers();
    assert.equal(new Set(first).size, first.length);
    await page.reload();
    assert.deepEqual((await covers()).slice(0, PAGE), first.slice(0, PAGE));
    await cards(page).first().click();
    const cover = page.getByRole('img', { name: /^Cover of / });
    assert.equal(await cover.innerHTML(), first[0], 'on the page of the film, too');
  });

  test('counts the films of each genre', async (t) => {
    const page = await its.open(t, 'explore');
    for (const { name, movies } of (await its.api.get('genres')).results.filter((one) => !one.name.includes('-'))) {
      await chip(page, `${name} ${movies.toLocaleString('en')}`).waitFor();
    }
  });

  test('shows placeholders while it loads', async (t) => {
    const releases = [];
    const page = await its.open(t, 'explore', {
      before: async (opened) => {
        releases.push(await hold(opened, '**/movies?**'), await hold(opened, '**/genres'));
      },
    });
    await heading(page, 'Explore').waitFor();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    assert.equal(await page.locator('.card .skeleton.cover').count(), PAGE);
    assert.ok(await page.locator('.chip.skeleton').count() > 0);
    releases.forEach((release) => release());
    await assertFilms(page, await films());
    await page.locator('.chip.skeleton').first().waitFor({ state: 'detached' });
  });

  test('asks once for a word that is typed, when the hand rests', async (t) => {
    const page = await its.open(t, 'explore', { before: (opened) => opened.clock.install() });
    const due = await films();
    await assertFilms(page, due);
    const word = plain(due)[0].title.split(' ').reduce((a, b) => (b.length > a.length ? b : a));
    // By the page's clock, a letter every 0.1 s, however slow the machine.
    await page.clock.pauseAt(Date.now() + 3_600_000);
    const asked = searches(page);
    for (const letter of word) {
      await search(page).pressSequentially(letter);
      await page.clock.runFor(100);
    }
    assert.deepEqual(asked, []);
    await page.clock.resume();
    const found = await films(`&q=${word}`);
    await assertQuery(page, `?q=${word}`);
    await assertFilms(page, found.slice(0, PAGE));
    assert.deepEqual(asked.filter((one) => !one.includes('cursor')), [`GET /movies?q=${word}&limit=${PAGE}`]);
    await page.getByRole('heading', { level: 2, name: 'Search results' }).waitFor();
    assert.equal(await page.title(), `${word} · Explore · Cinelake`);
  });

  test('shows what was typed last, and gives up what was asked before', async (t) => {
    const page = await its.open(t, 'explore');
    const [older, newer] = plain(await films()).map(({ title }) => title);
    const release = await hold(page, (url) => url.searchParams.get('q') === older);
    const asked = page.waitForRequest((request) => new URL(request.url()).searchParams.get('q') === older);
    await search(page).fill(older);
    const given = page.waitForEvent('requestfailed', (request) => request.url() === held.url());
    const held = await asked;
    await search(page).fill(newer);
    await assertFilms(page, await films(`&q=${newer}`));
    assert.match((await given).failure().errorText, /ABORTED/);
    release();
    assert.equal(query(page), `?${new URLSearchParams({ q: newer })}`);
  });

  test('clears the search by its button, and leaves the focus in the field', async (t) => {
    const page = await its.open(t, 'explore?q=the');
    await assertFilms(page, await films('&q=the'));
    await page.getByRole('button', { name: 'Clear search' }).click();
    await assertFilms(page, await films());
    assert.equal(await search(page).inputValue(), '');
    assert.equal(query(page), '');
    assert.ok(await search(page).evaluate((field) => field === document.activeElement));
  });

  test('says when nothing is found, and leads back', async (t) => {
    const page = await its.open(t, 'explore?q=qqqqzzzz');
    await notice(page, 'No films found').waitFor();
    assert.equal(await cards(page).count(), 0);
    await notice(page, 'No films found').getByRole('button', { name: 'Clear search' }).click();
    await assertFilms(page, await films());
    assert.equal(query(page), '');
  });

  test('keeps genre, year and order in the address, and goes back through them', async (t) => {
    const page = await its.open(t, 'explore');
    const steps = [
      ['?genre=Drama', '&genre=Drama', () => chip(page, 'Drama').click()],
      ['?genre=Drama&year=1995', '&genre=Drama&year=1995', () => page.getByLabel('Year', { exact: true }).fill('1995')],
      ['?genre=Drama&year=1995&sort=title', '&genre=Drama&year=1995&sort=title',
        () => page.getByLabel('Sort by').selectOption({ label: 'Title' })],
    ];
    await assertFilms(page, await films());
    for (const [address, asked, act] of steps) {
      await act();
      await assertQuery(page, address);
      await assertFilms(page, await films(asked));
    }
    assert.equal(await chip(page, 'Drama').getAttribute('aria-pressed'), 'true');
    await page.reload();
    await assertFilms(page, await films(steps[2][1]));
    assert.equal(await page.getByLabel('Year', { exact: true }).inputValue(), '1995');
    assert.equal(await page.getByLabel('Sort by').inputValue(), 'title');
    for (const [address, asked] of steps.slice(0, 2).reverse()) {
      await page.goBack();
      await assertQuery(page, address);
      await assertFilms(page, await films(asked));
    }
    await page.goBack();
    await assertFilms(page, await films());
    assert.equal(await chip(page, 'Drama').getAttribute('aria-pressed'), 'false');
  });

  test('asks nothing for half a year', async (t) => {
    const page = await its.open(t, 'explore');
    await assertFilms(page, await films());
    const asked = searches(page);
    await page.getByLabel('Year', { exact: true }).pressSequentially('1995');
    await assertFilms(page, await films('&year=1995'));
    assert.deepEqual(asked.filter((one) => !one.includes('cursor')), [`GET /movies?year=1995&limit=${PAGE}`]);
  });

  test('goes on to the last film as one scrolls, in order and none twice', async (t) => {
    const genres = (await its.api.get('genres')).results.filter(({ movies }) => movies > 2 * PAGE);
    const { name, movies } = genres.reduce((a, b) => (b.movies < a.movies ? b : a));
    const due = (await its.api.get(`movies?genre=${name}&limit=100`)).results;
    const page = await its.page(t);
    const asked = searches(page);
    await page.goto(its.at(`explore?genre=${name}`));
    await cards(page).first().waitFor();
    await until(async () => {
      await page.mouse.wheel(0, 4000);
      return page.getByText('That’s all.').isVisible();
    }, page);
    assert.equal(movies, due.length);
    assert.deepEqual(await shownIds(page), idsOf(due));
    assert.equal(asked.length, Math.ceil(movies / PAGE), 'each page is asked for once');
  });

  test('is where one was when one comes back from a film', async (t) => {
    const page = await its.open(t, 'explore');
    await cards(page).nth(PAGE - 1).waitFor();
    await until(async () => {
      await page.mouse.wheel(0, 2000);
      return await cards(page).count() >= 3 * PAGE;
    }, page);
    const card = cards(page).nth(2 * PAGE);
    await card.scrollIntoViewIfNeeded();
    const place = await page.evaluate(() => scrollY);
    await card.click();
    await page.getByRole('img', { name: /^Cover of / }).waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0, 'a film opens at its top');
    await page.goBack();
    await heading(page, 'Explore').waitFor();
    await until(async () => Math.abs(await page.evaluate(() => scrollY) - place) < 40, page);
  });
});
