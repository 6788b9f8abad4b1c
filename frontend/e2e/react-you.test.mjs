// For you: from a search to recommendations by fold-in, with ratings that stay in the browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appSuite, assertFilms, assertQuery, cards, complete, giveStars, heading, idsOf, notice, plain, rate, search, shownIds,
  until,
} from './harness/app.mjs';
import { assertFocusSeen, hold, listen } from './harness/index.mjs';

const FOLD_IN = '**/reco/fold-in';

appSuite('For you', (its) => {
  const some = async (place = 0) => plain((await its.api.get('popular?n=100')).results)[place];
  const asRating = ([{ movie_id: id }, rating]) => ({ movie_id: id, rating });
  /** What the API recommends to somebody with these ratings, as [film, stars]. */
  const list = async (given, filters = {}) => (
    await its.api.post('reco/fold-in', { ratings: given.map(asRating), n: 48, explain: true, ...filters })).results;
  const wall = (page) => page.getByRole('region', { name: 'Recommended for you' });
  const own = (page) => page.getByRole('complementary', { name: 'Your ratings' });
  const undo = (page) => page.locator('.undo-box');
  const WALL = 'section[aria-labelledby=recommended] .wall';
  const FOUND = 'section[aria-labelledby=found] .wall';
  const found = (page) => page.locator(FOUND);
  /** Opens the page with ratings that were given before, newest first. */
  const openRated = (t, given, where = 'you', options = {}) => its.open(t, where, {
    ...options,
    before: async (page) => {
      await options.before?.(page);
      const kept = given.map(([film, rating]) => ({ movie_id: film.movie_id, title: film.title, rating }));
      await page.addInitScript((text) => {
        localStorage['cinelake.ratings'] ??= text;
      }, JSON.stringify(kept));
    },
  });
  const ownStars = (page, film) => own(page).getByRole('slider', { name: `Your rating of ${film.title}`, exact: true });
  const stars = (page, film) => ownStars(page, film).inputValue();

  test('leads by mouse from a search over stars to recommendations, and says why', async (t) => {
    const [film, other] = [await some(0), await some(1)];
    const page = await its.open(t, 'you');
    await notice(page, 'No ratings yet').waitFor();
    await search(page).click();
    await search(page).pressSequentially(film.title);
    await found(page).locator(`a[href="/app/films/${film.movie_id}"]`).waitFor();
    await rate(page, film.movie_id, 4, found(page));
    await undo(page).getByText(`${film.title}: 4 stars`).waitFor();
    await own(page).getByText('1 film', { exact: true }).waitFor();
    const due = await list([[film, 4]]);
    await assertFilms(page, due, WALL);
    assert.ok(!idsOf(due).includes(film.movie_id));
    const reasons = await page.locator(`${WALL} .because`).allTextContents();
    assert.deepEqual(reasons, due.map(({ because }) => (because.length > 0 ? `Because you liked ${film.title}` : '')));
    await search(page).fill(other.title);
    await found(page).locator(`a[href="/app/films/${other.movie_id}"]`).waitFor();
    await rate(page, other.movie_id, 0.5, found(page));
    await assertFilms(page, await list([[other, 0.5], [film, 4]]), WALL);
    const titles = await own(page).locator('.own a').allTextContents();
    assert.deepEqual(titles, [other.title, film.title], 'the newest first');
  });

  test('leads there by keyboard alone', async (t) => {
    const film = await some();
    const page = await its.open(t, 'you');
    await cards(page, '.rail').first().waitFor();
    const is = (wanted) => wanted.evaluate((element) => element === document.activeElement);
    const tabTo = async (wanted) => {
      for (let key = 0; key < 60; key += 1) {
        await page.keyboard.press('Tab');
        await assertFocusSeen(page);
        if (await wanted.count() > 0 && await is(wanted.first())) return;
      }
      throw new Error(`no Tab reaches ${wanted}`);
    };
    await tabTo(page.getByRole('link', { name: 'Skip to content' }));
    await page.keyboard.press('Enter');
    await tabTo(search(page));
    await page.keyboard.type(film.title);
    const slider = found(page).getByRole('slider', { name: `Your rating of ${film.title}`, exact: true }).first();
    await slider.waitFor();
    await tabTo(slider);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await undo(page).getByText(`${film.title}: 4.5 stars`).waitFor();
    await assertFilms(page, await list([[film, 4.5]]), WALL);
    assert.ok(await is(slider), 'the focus stays at the stars');
    await page.keyboard.press('Control+z');
    await notice(page, 'No ratings yet').waitFor();
    assert.ok(await is(slider));
  });

  test('starts from films that most people know', async (t) => {
    const film = await some();
    const page = await its.open(t, 'you');
    await assertFilms(page, (await its.api.get('popular?n=12')).results, '.rail');
    await rate(page, film.movie_id, 5, page.locator('.rail'));
    await assertFilms(page, await list([[film, 5]]), WALL);
  });

  test('counts a rating at once, before the service answers', async (t) => {
    const film = await some();
    const first = (await list([[film, 5]]))[0];
    const page = await openRated(t, [[film, 5]]);
    await assertFilms(page, await list([[film, 5]]), WALL);
    const release = await hold(page, FOLD_IN);
    await rate(page, first.movie_id, 3, wall(page));
    await own(page).getByText('2 films').waitFor();
    assert.ok(!(await shownIds(page, WALL)).includes(first.movie_id), 'it is no recommendation any more');
    await page.locator(`${WALL}.waiting`).waitFor();
    release();
    await assertFilms(page, await list([[first, 3], [film, 5]]), WALL);
    await complete(page);
  });

  test('takes a rating back by undo, also a changed and a removed one', async (t) => {
    const [film, other] = [await some(0), await some(1)];
    const before = [[other, 3], [film, 2]];
    const page = await openRated(t, before);
    const due = await list(before);
    await assertFilms(page, due, WALL);
    const acts = [
      [() => giveStars(ownStars(page, film), 5), `${film.title}: 5 stars`],
      [() => own(page).getByRole('button', { name: `Remove your rating of ${other.title}` }).click(),
        `${other.title}: rating removed`],
      [() => rate(page, due[0].movie_id, 4, wall(page)), /: 4 stars$/],
    ];
    for (const [act, said] of acts) {
      await act();
      await undo(page).getByText(said).waitFor();
      await undo(page).getByRole('button', { name: 'Undo' }).click();
      await undo(page).waitFor({ state: 'detached' });
      assert.deepEqual(await own(page).locator('.own a').allTextContents(), [other.title, film.title]);
      assert.deepEqual([await stars(page, other), await stars(page, film)], ['3', '2']);
      await assertFilms(page, due, WALL);
    }
  });

  test('offers undo for a while, and as long as the mouse is there', async (t) => {
    const film = await some();
    const page = await its.open(t, 'you', { before: (opened) => opened.clock.install() });
    await cards(page, '.rail').first().waitFor();
    await rate(page, film.movie_id, 5, page.locator('.rail'));
    await undo(page).hover();
    await page.clock.fastForward(60_000);
    assert.ok(await undo(page).isVisible());
    await page.mouse.move(0, 0);
    await page.clock.fastForward(60_000);
    await undo(page).waitFor({ state: 'detached' });
    await own(page).getByText('1 film', { exact: true }).waitFor();
  });

  test('keeps the ratings over a reload, in this browser only', async (t) => {
    const film = await some();
    const page = await its.page(t);
    const asked = listen(page, /./);
    await page.goto(its.at('you'));
    await cards(page, '.rail').first().waitFor();
    await rate(page, film.movie_id, 4, page.locator('.rail'));
    const due = await list([[film, 4]]);
    await assertFilms(page, due, WALL);
    await page.reload();
    await assertFilms(page, due, WALL);
    assert.equal(await stars(page, film), '4');
    const written = asked.filter((one) => !one.startsWith('GET '));
    assert.deepEqual([...new Set(written)], ['POST /reco/fold-in'], 'nothing is kept by the service');
    assert.deepEqual(await page.context().cookies(), []);
    const elsewhere = await its.open(t, 'you');
    await notice(elsewhere, 'No ratings yet').waitFor();
  });

  test('shows in one tab what was rated in another', async (t) => {
    const film = await some();
    const page = await its.open(t, 'you');
    const other = await page.context().newPage();
    await other.goto(its.at(`films/${film.movie_id}`));
    await giveStars(other.getByRole('slider', { name: `Your rating of ${film.title}`, exact: true }), 5);
    await assertFilms(page, await list([[film, 5]]), WALL);
    assert.equal(await stars(page, film), '5');
  });

  test('forgets all ratings, after asking', async (t) => {
    const page = await openRated(t, [[await some(0), 5], [await some(1), 1]]);
    const forget = own(page).getByRole('button', { name: 'Clear all' });
    page.once('dialog', (dialog) => dialog.dismiss());
    await forget.click();
    await own(page).getByText('2 films').waitFor();
    page.once('dialog', (dialog) => dialog.accept());
    await forget.click();
    await notice(page, 'No ratings yet').waitFor();
    assert.equal(await page.evaluate(() => localStorage['cinelake.ratings']), '[]');
    assert.equal(await wall(page).count(), 0);
  });

  test('filters the recommendations, in the address, beside the search', async (t) => {
    const film = await some();
    const page = await openRated(t, [[film, 5]], 'you?q=the');
    await assertFilms(page, await list([[film, 5]]), WALL);
    await wall(page).getByRole('button', { name: 'Comedy' }).click();
    await assertQuery(page, '?q=the&genre=Comedy');
    await assertFilms(page, await list([[film, 5]], { genre: ['Comedy'] }), WALL);
    await page.getByLabel('From year').fill('2000');
    await assertQuery(page, '?q=the&genre=Comedy&from=2000');
    const due = await list([[film, 5]], { genre: ['Comedy'], min_year: 2000 });
    await assertFilms(page, due, WALL);
    await page.reload();
    await assertFilms(page, due, WALL);
    await page.getByLabel('From year').fill('2200');
    await notice(page, 'No films match these filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await assertQuery(page, '?q=the');
    await assertFilms(page, await list([[film, 5]]), WALL);
  });

  test('says when no film is called that', async (t) => {
    const page = await its.open(t, 'you?q=qqqqzzzz');
    await heading(page, 'For you').waitFor();
    await notice(page, 'No films match.').waitFor();
  });

  test('says when the model learns nothing from the ratings', async (t) => {
    const film = await somethingUnlearned(its.api);
    const page = await openRated(t, [[film, 0.5]]);
    await page.getByText('Only 4 stars and above shape your list').waitFor();
    await assertFilms(page, await list([[film, 0.5]]), WALL);
  });

  test('shows placeholders while films, or recommendations, load', async (t) => {
    const film = await some();
    const releases = [];
    const page = await openRated(t, [[film, 5]], 'you', {
      before: async (opened) => {
        releases.push(await hold(opened, '**/popular?**'), await hold(opened, FOLD_IN));
      },
    });
    await page.locator('.rail .skeleton.cover').first().waitFor();
    await wall(page).locator('.skeleton.cover').first().waitFor();
    assert.equal(await stars(page, film), '5', 'what the browser knows is there at once');
    releases.forEach((release) => release());
    await assertFilms(page, await list([[film, 5]]), WALL);
    await until(async () => await page.locator('.rail .skeleton').count() === 0, page);
  });
});

/** A film that tells the model nothing about who rated it. */
async function somethingUnlearned(api) {
  const { results } = await api.get('movies?sort=popular&limit=1');
  const films = [...results];
  for (const { name } of (await api.get('genres')).results.sort((a, b) => a.movies - b.movies)) {
    films.push((await api.get(`movies?genre=${name}&sort=popular&limit=100`)).results.at(-1));
  }
  for (const film of films) {
    const { strategy } = await api.post('reco/fold-in', { ratings: [{ movie_id: film.movie_id, rating: 0.5 }], n: 1 });
    if (strategy === 'popular') return film;
  }
  throw new Error('the model learns something from every film');
}
