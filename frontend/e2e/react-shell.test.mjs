// What all pages share: addresses, focus, language, theme, motion, and what is loaded from where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appSuite, cards, complete, heading, plain, rate, UNLOADED } from './harness/app.mjs';
import { assertAccessible, assertFocusSeen, failedRequest, hold, settled } from './harness/index.mjs';

const FRENCH = {
  explore: 'Explorer', you: 'Pour vous', users: 'Profils', 'users/1': 'Profil de l’utilisateur 1',
  model: 'Modèle',
};
const ENGLISH = { explore: 'Explore', you: 'For you', users: 'For a user', 'users/1': 'For user 1', model: 'Model' };

appSuite('frame', (its) => {
  const some = async () => plain((await its.api.get('popular?n=100')).results)[0];
  const nav = (page) => page.getByRole('navigation', { name: 'Pages' });
  const focused = (page) => page.evaluate(() => [document.activeElement.tagName, document.activeElement.textContent]);

  test('a link to any page opens just that page', async (t) => {
    const film = await some();
    for (const [where, name] of [...Object.entries(ENGLISH), [`films/${film.movie_id}`, film.title]]) {
      const page = await its.open(t, where);
      await heading(page, name).waitFor();
      assert.equal(new URL(page.url()).pathname, `/app/${where}`);
      assert.equal(await page.title(), `${name} · Cinelake`);
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      const current = await nav(page).locator('[aria-current=page]').allTextContents();
      const part = Object.keys(ENGLISH).indexOf(where.split('/')[0]);
      assert.deepEqual(current, part < 0 ? [] : [Object.values(ENGLISH)[part]]);
    }
  });

  test('without a page, it opens Explore, and the first Tab still skips to the content', async (t) => {
    const page = await its.open(t, '');
    await heading(page, 'Explore').waitFor();
    assert.equal(new URL(page.url()).pathname, '/app/explore');
    await page.keyboard.press('Tab');
    assert.deepEqual(await focused(page), ['A', 'Skip to content']);
    await assertFocusSeen(page);
  });

  test('an address of nothing says so, and leads to the films', async (t) => {
    const page = await its.open(t, 'no/such/page');
    await heading(page, 'Page not found').waitFor();
    await assertAccessible(page);
    await page.getByRole('link', { name: 'Browse films' }).click();
    await heading(page, 'Explore').waitFor();
  });

  test('going to a page moves the focus to its heading, by mouse and by keyboard', async (t) => {
    const page = await its.open(t, 'explore');
    await complete(page);
    for (const name of ['Model', 'For you', 'For a user', 'Explore']) {
      await nav(page).getByRole('link', { name, exact: true }).click();
      await heading(page, name).waitFor();
      await page.waitForFunction(() => document.activeElement.tagName === 'H1');
      assert.deepEqual(await focused(page), ['H1', name]);
    }
    const card = cards(page).nth(3);
    const title = await card.locator('.card-title').textContent();
    await card.focus();
    await page.keyboard.press('Enter');
    await heading(page, title).waitFor();
    await page.waitForFunction(() => document.activeElement.tagName === 'H1');
    assert.deepEqual(await focused(page), ['H1', title]);
    await assertFocusSeen(page);
  });

  test('speaks French to a French browser, on every page', async (t) => {
    const page = await its.page(t, { locale: 'fr-CA' });
    for (const [where, name] of Object.entries(FRENCH)) {
      await page.goto(its.at(where));
      await heading(page, name).waitFor();
      assert.equal(await page.title(), `${name} · Cinelake`);
      assert.equal(await page.getAttribute('html', 'lang'), 'fr');
    }
    await page.goto(its.at('explore'));
    await page.getByRole('button', { name: 'Comédie musicale' }).waitFor();
  });

  test('speaks English to others', async (t) => {
    const page = await its.open(t, 'explore', { locale: 'de-DE' });
    await heading(page, 'Explore').waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
  });

  test('changes its language on request, and remembers it', async (t) => {
    const page = await its.open(t, 'users/1?genre=Drama');
    await heading(page, 'For user 1').waitFor();
    await page.getByLabel('Language').selectOption('Français');
    await heading(page, 'Profil de l’utilisateur 1').waitFor();
    assert.equal(new URL(page.url()).search, '?genre=Drama');
    await page.getByText(/^Parce que cet utilisateur a aimé /).first().waitFor();
    await page.reload();
    await heading(page, 'Profil de l’utilisateur 1').waitFor();
    await page.getByLabel('Langue').selectOption('English');
    await heading(page, 'For user 1').waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
  });

  test('writes numbers as the language does', async (t) => {
    const { users, movies } = (await its.api.get('models')).results[0];
    for (const [locale, name] of [['en-US', 'Films'], ['fr-FR', 'Films']]) {
      const page = await its.open(t, 'model', { locale });
      const fact = page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');
      assert.equal(await fact.textContent(), movies.toLocaleString(locale), `${users} users`);
    }
  });

  test('is dark or light by preference, until one chooses', async (t) => {
    const page = await its.open(t, 'explore', { colorScheme: 'dark' });
    await heading(page, 'Explore').waitFor();
    const isDark = () => page.evaluate(() => {
      const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      return red + green + blue < 384;
    });
    const prefer = (colorScheme) => page.emulateMedia({ colorScheme });
    assert.equal(await isDark(), true);
    await prefer('light');
    assert.equal(await isDark(), false);
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
    assert.equal(await isDark(), true);
    await page.reload();
    await heading(page, 'Explore').waitFor();
    assert.equal(await isDark(), true, 'the choice is kept');
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    await prefer('dark');
    assert.equal(await isDark(), false, 'the choice counts more than the preference');
  });

  test('keeps still where people want no motion', async (t) => {
    for (const [reducedMotion, moves] of [['reduce', false], ['no-preference', true]]) {
      const film = await some();
      const page = await its.open(t, 'you', { reducedMotion });
      const animations = () => page.evaluate(() => document.getAnimations().length);
      await complete(page);
      const release = await hold(page, '**/reco/fold-in');
      await rate(page, film.movie_id, 5, page.locator('.rail'));
      await page.locator('.undo-box').waitFor();
      await page.locator('.wall .skeleton').first().waitFor();
      assert.equal(await animations() > 0, moves, reducedMotion);
      await cards(page, '.rail').first().hover();
      const lift = await cards(page, '.rail').first().locator('.cover').evaluate((cover) => (
        getComputedStyle(cover).transitionDuration));
      assert.equal(lift !== '0s', moves, reducedMotion);
      release();
      await settled(page);
    }
  });

  test('shows a placeholder while the file of a page loads', async (t) => {
    const page = await its.open(t, 'explore');
    await complete(page);
    const release = await hold(page, '**/assets/Model-*');
    await nav(page).getByRole('link', { name: 'Model' }).click();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    release();
    await heading(page, 'Model').waitFor();
    await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  });

  test('says when the file of a page is gone, and other pages go on', async (t) => {
    const page = await its.open(t, 'explore', { expected: UNLOADED });
    await complete(page);
    await page.route('**/assets/Model-*.js', (route) => route.fulfill({ status: 404 }));
    await nav(page).getByRole('link', { name: 'Model' }).click();
    await page.getByRole('alert').getByRole('button', { name: 'Reload' }).waitFor();
    await nav(page).getByRole('link', { name: 'Explore' }).click();
    await heading(page, 'Explore').waitFor();
    await page.unroute('**/assets/Model-*.js');
    await page.goto(its.at('model'));
    await heading(page, 'Model').waitFor();
  });

  test('asks nobody but its own service', async (t) => {
    const film = await some();
    const page = await its.page(t, { expected: failedRequest(404) });
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    for (const where of [...Object.keys(ENGLISH), `films/${film.movie_id}`]) {
      await page.goto(its.at(where));
      await complete(page);
    }
    assert.deepEqual([...hosts], [new URL(its.api.url).origin]);
  });
});
