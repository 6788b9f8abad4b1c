// The plain page, frontend/html/index.html, in a real browser against the real API.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  assertAccessible, assertFocusSeen, assertNoSideways, failedRequest, hold, listen, LOOKS, ROOT, screenshot, settled,
  SOME_LOOKS, SOURCES, suite, watchJumps,
} from './harness/index.mjs';
import { Api } from './harness/api.mjs';

const FILE = path.join(ROOT, 'frontend/html/index.html');
const NOBODY = 4_000_000_001;
const setup = { serves: { ui: 'frontend/html' }, settings: { API_CORS_ORIGIN: 'null' } };

test('has nothing that a strict content security policy forbids', async () => {
  const html = await readFile(FILE, 'utf8');
  // Also not in a comment, where who makes the hashes may take it for the element.
  assert.equal(html.match(/<style/g).length, 1);
  assert.equal(html.match(/<script/g).length, 1);
  assert.doesNotMatch(html, /\sstyle=|\son[a-z]+=|javascript:|innerHTML|<link rel="stylesheet"|\ssrc=/);
});

for (const source of SOURCES) {
  suite('the plain page', source, setup, (its) => {
    const served = (query = '') => `${its.api.url}ui/${query}`;
    const fromFile = (query = '', api = its.api.url) => (
      `${pathToFileURL(FILE)}?api=${encodeURIComponent(api)}${query.replace('?', '&')}`);
    const rows = (page) => page.locator('tbody tr');
    const problem = (page) => page.getByRole('alert');
    const ask = async (page, user, n) => {
      await page.getByLabel('User id').fill(`${user}`);
      if (n !== undefined) await page.getByLabel('Films').fill(`${n}`);
      await page.getByRole('button', { name: 'Recommend' }).click();
    };
    const complete = (page, n) => rows(page).nth(n - 1).waitFor();

    const states = {
      idle: { go: (page) => page.goto(served()) },
      results: {
        go: async (page) => {
          await page.goto(served('?user=1&n=10'));
          await complete(page, 10);
        },
      },
      loading: {
        go: async (page) => {
          await page.goto(served('?user=1&n=5'));
          await complete(page, 5);
          await hold(page, '**/reco/**');
          await ask(page, 2);
          await page.getByText('Asking the API').waitFor();
        },
      },
      'first-wait': {
        go: async (page) => {
          await hold(page, '**/reco/**');
          await page.goto(served('?user=1'));
          await page.getByText('Asking the API').waitFor();
        },
      },
      unknown: {
        expected: failedRequest(404),
        go: async (page) => {
          await page.goto(served(`?user=${NOBODY}`));
          await problem(page).getByText('Random user').waitFor();
        },
      },
      'bad-n': {
        go: async (page) => {
          await page.goto(served('?user=1&n=1000'));
          await problem(page).getByText('from 1 to 100').waitFor();
        },
      },
      'not-there': {
        expected: failedRequest(),
        go: async (page) => {
          await page.goto(fromFile('?user=1', 'http://127.0.0.1:9/'));
          await problem(page).getByText('is not responding').waitFor();
        },
      },
      settings: {
        go: async (page) => {
          await page.goto(fromFile());
          await page.getByText('API: http').click();
          await page.getByLabel('Address of the API').waitFor();
        },
      },
    };
    for (const [state, { go, expected }] of Object.entries(states)) {
      // What does not depend on the data is looked at once.
      if (source !== SOURCES[0] && state !== 'results') continue;
      for (const { name, options } of state === 'results' ? LOOKS : SOME_LOOKS) {
        test(`${state} is accessible and fits, ${name}`, async (t) => {
          const page = await its.page(t, { ...options, expected });
          await go(page);
          await screenshot(page, `html-${source.name}-${state}-${name}`);
          await assertNoSideways(page);
          await assertAccessible(page);
        });
      }
    }

    test('labels every field', async (t) => {
      const page = await its.page(t);
      await page.goto(fromFile());
      // A placeholder would be name enough for axe, but it goes when one types.
      const unlabelled = await page.locator('input').evaluateAll((all) => (
        all.filter(({ labels }) => labels.length === 0).map(({ id }) => id)));
      assert.deepEqual(unlabelled, []);
    });

    test('asks nothing before it is asked', async (t) => {
      const page = await its.page(t);
      const asked = listen(page);
      await page.goto(served(), { waitUntil: 'networkidle' });
      assert.deepEqual(asked, []);
      await page.getByText('No user chosen yet').waitFor();
    });

    for (const [place, address] of [['served', served], ['from a file', fromFile]]) {
      test(`shows what the API answers, ${place}`, async (t) => {
        const page = await its.page(t);
        await page.goto(address());
        await ask(page, 1, 7);
        await complete(page, 7);
        const { results, model_version: version } = await its.api.get('reco/1?n=7');
        const expected = await Promise.all(results.map(async ({ movie_id: id, title, score }, index) => {
          const { year, genres } = await its.api.get(`movies/${id}`);
          return [`${index + 1}`, title, `${year ?? '–'}`, genres.join(' ') || '–', score.toFixed(3)];
        }));
        const shown = await rows(page).evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => {
          const pills = [...cell.querySelectorAll('li')].map((pill) => pill.textContent);
          return pills.length > 0 ? pills.join(' ') : cell.textContent;
        })));
        assert.deepEqual(shown, expected);
        const bars = await page.locator('.bar').evaluateAll((all) => all.map((bar) => (
          parseFloat(getComputedStyle(bar, '::before').width) / bar.clientWidth)));
        bars.forEach((share, index) => {
          const due = results[index].score / results[0].score;
          assert.ok(Math.abs(share - due) < 0.02, `bar ${index + 1} is filled to ${share}, not ${due}`);
        });
        assert.equal(await page.getByRole('status').textContent(), '7 films for user 1, best first.');
        assert.match(await page.locator('caption').textContent(), new RegExp(`^For user 1Model ${version}, `));
        assert.equal(new URL(page.url()).searchParams.get('user'), '1');
        assert.equal(await page.title(), 'User 1 – Cinelake');
      });
    }

    test('shows titles with accents as they are', async (t) => {
      const { user, title } = await someAccent(its.api);
      for (const address of [served, fromFile]) {
        const page = await its.page(t);
        await page.goto(address(`?user=${user}&n=100`));
        await page.getByRole('rowheader', { name: title, exact: true }).first().waitFor();
        assert.equal(await page.evaluate(() => document.characterSet), 'UTF-8');
        assert.equal(await page.title(), `User ${user} – Cinelake`);
      }
    });

    test('asks once for a list', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      const asked = listen(page);
      await ask(page, 1, 5);
      await complete(page, 5);
      assert.deepEqual(asked, ['GET /reco/1?n=5&details=true']);
    });

    test('does not jump when the list comes', async (t) => {
      for (const { options } of LOOKS) {
        const page = await its.page(t, options);
        const assertStill = await watchJumps(page);
        await page.goto(served('?user=1&n=10'));
        await complete(page, 10);
        await assertStill();
      }
    });

    test('spins while it waits, and says so', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      const release = await hold(page, '**/reco/1?**');
      await ask(page, 1);
      await page.locator('#spinner').waitFor({ state: 'visible' });
      assert.equal(await page.getByRole('status').textContent(), 'Asking the API …');
      assert.equal(await page.locator('#results').getAttribute('aria-busy'), 'true');
      release();
      await complete(page, 10);
      assert.equal(await page.locator('#spinner').isVisible(), false);
      assert.equal(await page.locator('#results').getAttribute('aria-busy'), 'false');
    });

    test('shows the answer to the newest question, whichever comes last', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      const release = await hold(page, '**/reco/1?**');
      await ask(page, 1, 5);
      const given = page.waitForEvent('requestfailed', (request) => request.url().includes('/reco/1?'));
      await ask(page, 2, 6);
      await page.getByText('6 films for user 2,').waitFor();
      assert.match((await given).failure().errorText, /ABORTED/, 'nobody waits for the older answer any more');
      release();
      assert.match(await page.locator('caption').textContent(), /^For user 2/);
    });

    test('tells who is unknown, in the words of the API, with a hint and a shake', async (t) => {
      const page = await its.page(t, { expected: failedRequest(404) });
      await page.goto(served('?user=1&n=5'));
      await complete(page, 5);
      await ask(page, NOBODY);
      await problem(page).getByText('“Random user” finds').waitFor();
      const { detail } = await (await fetch(`${its.api.url}reco/${NOBODY}`)).json();
      assert.ok((await problem(page).textContent()).includes(detail), detail);
      assert.equal(await rows(page).count(), 0, 'the list of another user is gone');
      const field = page.getByLabel('User id');
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.ok(await field.evaluate((input) => input === document.activeElement));
      assert.equal(await page.locator('.problem').evaluate((card) => getComputedStyle(card).animationName), 'shake');
      await ask(page, 1);
      await complete(page, 5);
      assert.equal(await problem(page).textContent(), '');
      assert.equal(await field.getAttribute('aria-invalid'), null);
    });

    test('refuses a bad number of films or user without asking', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      const asked = listen(page);
      for (const n of ['0', '101', '-1', '1.5', 'ten', '', '1e1']) {
        await ask(page, 1, n);
        await problem(page).getByText('The number of films must be a whole number from 1 to 100.').waitFor();
        assert.ok(await page.getByLabel('Films').evaluate((input) => input === document.activeElement), n);
      }
      for (const user of ['', 'Ada', '9007199254740992', '../metrics']) {
        await ask(page, user, 10);
        await problem(page).getByText('A user id is a whole number.').waitFor();
      }
      assert.deepEqual(asked, []);
    });

    test('shows the most there can be, and one', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      await ask(page, 1, 1);
      await page.getByText('1 film for user 1').waitFor();
      await ask(page, 1, 100);
      await complete(page, 100);
      assert.equal(await rows(page).count(), 100);
    });

    test('says when nothing is left to recommend', async (t) => {
      const page = await its.page(t);
      await page.route('**/reco/1?**', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...await answer.json(), results: [] } });
      });
      await page.goto(served('?user=1'));
      await page.getByText('Nothing left to recommend').waitFor();
      assert.equal(await page.getByRole('status').textContent(), 'No films for user 1, best first.');
      await assertAccessible(page);
    });

    for (const [place, address] of [['served', served], ['from a file', fromFile]]) {
      test(`tells that the API is stopped, and goes on when it is back, ${place}`, async (t) => {
        const page = await its.page(t, { expected: failedRequest() });
        await page.goto(address());
        await its.api.stop();
        try {
          await ask(page, 1, 5);
          await problem(page).getByText('is not responding').waitFor();
          const said = await problem(page).textContent();
          assert.ok(said.includes(its.api.url), said);
          assert.match(said, /\.\/init\.sh/);
          await assertAccessible(page);
        } finally {
          await its.api.start();
        }
        await page.getByRole('button', { name: 'Try again' }).click();
        await complete(page, 5);
        assert.equal(await problem(page).textContent(), '');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'recommend');
      });
    }

    test('knows an API that does not let it read from one that is down', async (t) => {
      const strict = await Api.open(its.stack.database);
      t.after(() => strict.stop());
      const page = await its.page(t, { expected: /CORS policy|net::ERR_FAILED/ });
      await page.goto(fromFile('?user=1', strict.url));
      await problem(page).getByText('API_CORS_ORIGIN=null').waitFor();
    });

    test('knows another program from the API', async (t) => {
      const page = await its.page(t);
      for (const [contentType, body] of [['text/html', '<p>Hello'], ['application/json', '{"name":"another"}']]) {
        await page.route('**/reco/**', (route) => route.fulfill({ contentType, body }));
        await page.goto(served('?user=1'));
        await problem(page).getByText('is not the Cinelake API').waitFor();
      }
    });

    test('finds a random user, and makes a link to them', async (t) => {
      const page = await its.page(t);
      await page.goto(served('?n=5'));
      await page.getByRole('button', { name: 'Random user' }).click();
      await complete(page, 5);
      const user = await page.getByLabel('User id').inputValue();
      assert.equal(await page.getByRole('status').textContent(), `5 films for random user ${user}, best first.`);
      assert.equal(new URL(page.url()).search, `?n=5&user=${user}`);
      await page.reload();
      await page.getByText(`5 films for user ${user}`).waitFor();
    });

    test('goes back and forward through the questions', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      await ask(page, 1, 5);
      await page.getByText('5 films for user 1,').waitFor();
      await ask(page, 2, 6);
      await page.getByText('6 films for user 2,').waitFor();
      await page.goBack();
      await page.getByText('5 films for user 1,').waitFor();
      await page.goBack();
      await page.getByText('No user chosen yet').waitFor();
      await page.goForward();
      await page.getByText('5 films for user 1,').waitFor();
    });

    test('is used by keyboard alone', async (t) => {
      const page = await its.page(t);
      await page.goto(served());
      const focused = () => page.evaluate(() => document.activeElement.id);
      const order = [];
      for (let key = 0; key < 4; key += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused());
        await assertFocusSeen(page);
      }
      assert.deepEqual(order, ['user', 'n', 'recommend', 'random']);
      await page.keyboard.press('Space');
      await complete(page, 10);
      assert.equal(await focused(), 'random', 'the focus stays');
      for (let key = 0; key < 3; key += 1) await page.keyboard.press('Shift+Tab');
      await page.keyboard.type('1');
      await page.keyboard.press('Enter');
      await page.getByText('10 films for user 1,').waitFor();
    });

    test('keeps the address of the API, and lets a link name another', async (t) => {
      const page = await its.page(t, { expected: failedRequest() });
      await page.goto(`${pathToFileURL(FILE)}`);
      await page.getByText('API: http://127.0.0.1:8000').click();
      const field = page.getByLabel('Address of the API');
      await field.fill('ftp://127.0.0.1/');
      await field.press('Enter');
      await problem(page).getByText('starts with http').waitFor();
      await field.fill(its.api.url);
      await field.press('Enter');
      await page.getByText('Saved.').waitFor();
      await page.goto(`${pathToFileURL(FILE)}?user=1&n=5`);
      await complete(page, 5);
      await page.goto(fromFile('?user=1', 'http://127.0.0.1:9'));
      await problem(page).getByText('http://127.0.0.1:9/ is not responding').waitFor();
    });

    test('has no settings where the API serves it', async (t) => {
      const page = await its.page(t);
      await page.goto(served('?user=1&n=5&api=http://127.0.0.1:9'));
      await complete(page, 5);
      assert.equal(await page.getByText('API: ').isVisible(), false);
    });

    test('keeps still where people want no motion', async (t) => {
      const page = await its.page(t, { reducedMotion: 'reduce', expected: failedRequest(404) });
      const longest = () => page.evaluate(() => Math.max(0, ...document.getAnimations()
        .map((animation) => animation.effect.getComputedTiming().endTime)));
      await page.goto(served('?user=1&n=30'));
      await rows(page).nth(29).waitFor();
      assert.ok(await longest() <= 1);
      await ask(page, NOBODY);
      await problem(page).getByText('“Random user”').waitFor();
      assert.ok(await longest() <= 1);
      await settled(page);
    });
  });
}

/** A user with a title beyond ASCII in their list, and that title. */
async function someAccent(api) {
  for (let user = 1; user <= 100; user += 1) {
    const { results } = await api.get(`reco/${user}?n=100`).catch(() => ({ results: [] }));
    const found = results.find(({ title }) => /[^\x20-\x7e]/.test(title));
    if (found) return { user, title: found.title };
  }
  throw new Error('no title with an accent in any list');
}
