// Film: what is known of it, films like it, and who it is for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appSuite, assertFilms, assertQuery, cards, giveStars, heading, NOBODY, notice, plain, shownIds,
} from './harness/app.mjs';
import { failedRequest, hold } from './harness/index.mjs';

appSuite('Film', (its) => {
  /** A popular film whose title is shown as it is. */
  const some = async (place = 0) => plain((await its.api.get('popular?n=100')).results)[place];
  const likeIt = async ({ movie_id: id }) => (await its.api.get(`movies/${id}/similar?n=18`)).results;

  test('says what is known of a film, and leads to its year and genres', async (t) => {
    const film = await some();
    const page = await its.open(t, `films/${film.movie_id}`);
    await heading(page, film.title).waitFor();
    assert.equal(await page.title(), `${film.title} · Cinelake`);
    await page.getByRole('img', { name: `Cover of ${film.title}` }).waitFor();
    await page.getByText(`${film.ratings} ratings`).waitFor();
    const link = (name) => page.getByRole('main').getByRole('link', { name, exact: true });
    assert.equal(await link('IMDb').getAttribute('href'), `https://www.imdb.com/title/tt${film.imdb_id}/`);
    assert.equal(await link('TMDB').getAttribute('href'), `https://www.themoviedb.org/movie/${film.tmdb_id}`);
    assert.equal(await page.locator('.film-text > .chips a').count(), film.genres.length);
    await link(`${film.year}`).click();
    await assertQuery(page, `?year=${film.year}`);
    await page.goBack();
    await page.locator('.film-text > .chips a').first().click();
    await assertQuery(page, `?genre=${film.genres[0]}`);
    await assertFilms(page, (await its.api.get(`movies?genre=${film.genres[0]}&limit=24`)).results);
  });

  test('shows films like it, most alike first, each with how much, and goes from one to the next', async (t) => {
    const film = await some();
    const page = await its.open(t, `films/${film.movie_id}`);
    const due = await likeIt(film);
    await assertFilms(page, due, '.similar .rail');
    const shares = await page.locator('.similar .badge').allTextContents();
    assert.deepEqual(shares, due.map(({ score }) => `${Math.round(score * 100)}%`));
    const next = cards(page, '.similar .rail').first();
    const title = await next.locator('.card-title').textContent();
    await next.click();
    await heading(page, title).waitFor();
    await assertFilms(page, await likeIt(due[0]), '.similar .rail');
  });

  test('scrolls the films like it by keyboard, and the page not sideways', async (t) => {
    const film = await some();
    const page = await its.open(t, `films/${film.movie_id}`, { viewport: { width: 320, height: 800 } });
    await cards(page, '.similar .rail').nth(5).waitFor();
    const rail = page.getByRole('list', { name: 'Similar films' });
    await rail.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.activeElement.scrollLeft > 0);
    assert.equal(await page.evaluate(() => scrollX), 0);
  });

  test('says how well it suits a user, whose number stays in the address', async (t) => {
    const { results: [{ movie_id: id }] } = await its.api.get('reco/1?n=1');
    const { score } = await its.api.get(`score/1/${id}`);
    const page = await its.open(t, `films/${id}`);
    await page.getByLabel('User ID').fill('1');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText(`Score ${score.toFixed(2)} for user 1.`).waitFor();
    await page.waitForURL((url) => url.search === '?user=1');
    await page.reload();
    await page.getByText(`Score ${score.toFixed(2)} for user 1.`).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'For user 1' }).click();
    await heading(page, 'For user 1').waitFor();
  });

  test('says what a user gave a film that they rated', async (t) => {
    const { results: [{ movie_id: id, rating }] } = await its.api.get('users/1/ratings?n=1');
    const page = await its.open(t, `films/${id}?user=1`);
    await page.getByText(`User 1 gave it ${rating} stars.`).waitFor();
  });

  test('says that a user is unknown', async (t) => {
    const { movie_id: id } = await some();
    const page = await its.open(t, `films/${id}?user=${NOBODY}`, { expected: failedRequest(404) });
    await page.getByText(`User ${NOBODY} does not exist.`).waitFor();
  });

  test('says where it ranks for the visitor once they rated a film', async (t) => {
    const [rated, other] = [await some(0), await some(1)];
    const ratings = [{ movie_id: rated.movie_id, rating: 5 }];
    const { results } = await its.api.post('reco/fold-in', { ratings, n: 100 });
    const place = results.findIndex(({ movie_id: id }) => id === other.movie_id) + 1;
    const page = await its.open(t, `films/${rated.movie_id}`);
    const panel = page.locator('.panel').filter({ has: page.getByRole('heading', { name: 'For you' }) });
    await panel.getByText('Rate a few films').waitFor();
    await giveStars(page.getByRole('slider', { name: `Your rating of ${rated.title}`, exact: true }), 5);
    await panel.getByText('You have rated this film.').waitFor();
    await page.goto(its.at(`films/${other.movie_id}`));
    const due = place > 0 ? `#${place} for you.` : 'Not in your top 100.';
    await panel.getByText(due).waitFor();
    if (place > 0) await panel.getByText(`Because you liked ${rated.title}`).waitFor();
  });

  test('shows placeholders while film, or films like it, load', async (t) => {
    const film = await some();
    const page = await its.page(t);
    const releaseFilm = await hold(page, `**/movies/${film.movie_id}`);
    const releaseLike = await hold(page, '**/similar?**');
    await page.goto(its.at(`films/${film.movie_id}`));
    await page.locator('.page.film > .skeleton.cover').waitFor();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    releaseFilm();
    await heading(page, film.title).waitFor();
    await page.locator('.similar .skeleton.cover').first().waitFor();
    releaseLike();
    await assertFilms(page, await likeIt(film), '.similar .rail');
  });

  test('says that a film is unknown, and leads to those that are', async (t) => {
    const page = await its.open(t, `films/${NOBODY}`, { expected: failedRequest(404) });
    await notice(page, 'Film not found').getByRole('link', { name: 'Browse films' }).click();
    await heading(page, 'Explore').waitFor();
  });

  test('says of a film that nobody rated that it cannot be compared', async (t) => {
    const unrated = await someUnrated(its.api);
    const page = await its.open(t, `films/${unrated}`);
    await notice(page, 'Nobody has rated this film yet').waitFor();
    assert.deepEqual(await shownIds(page, '.similar'), []);
  });

  test('knows a bad number from an unknown one', async (t) => {
    for (const bad of ['Ada', '-1']) {
      const page = await its.open(t, `films/${bad}`);
      await heading(page, 'Page not found').waitFor();
    }
  });
});

/** A film without films like it: by number of ratings it comes last among those of a small genre. */
async function someUnrated(api) {
  for (const { name } of (await api.get('genres')).results.sort((a, b) => a.movies - b.movies)) {
    const { movie_id: id } = (await api.get(`movies?genre=${name}&sort=popular&limit=100`)).results.at(-1);
    if ((await api.get(`movies/${id}/similar?n=1`)).results.length === 0) return id;
  }
  throw new Error('every film has films like it');
}
