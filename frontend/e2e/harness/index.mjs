// Everything a test file about a front end needs:
//
//   for (const source of SOURCES) suite('the plain page', source, { serves: { ui: 'frontend/html' } }, (its) => {
//     test('shows a list', async (t) => {
//       const page = await its.page(t, { colorScheme: 'dark' });
//       await page.goto(`${its.api.url}ui/?user=1`);
//       await assertAccessible(page);
//     });
//   });
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { openBrowser, openPage } from './browser.mjs';
import { obstacle, ROOT } from './programs.mjs';
import { SOURCES } from './sources.mjs';
import { Stack } from './stack.mjs';

export * from './browser.mjs';
export * from './observe.mjs';
export { ROOT, SOURCES };

const foldersOf = (serves) => Object.fromEntries(Object.entries(serves).map(([prefix, folder]) => (
  [`API_${prefix.toUpperCase()}_DIR`, path.resolve(ROOT, folder)])));

/**
 * Tests about one source of data, with what they share: `its.stack`, `its.api` to ask, stop and start, and
 * `its.page(t, options)`. All is closed at the end, also after a failure. `serves` has the folders that the API serves
 * by their prefixes, `settings` are environment variables of the API, and `needs` throws when something is missing that
 * must be made first.
 */
export function suite(name, source, { serves = {}, settings = {}, needs = () => {} }, tests) {
  const its = {};
  const closers = [];
  const open = async (key, opening) => {
    const opened = await opening;
    its[key] = opened;
    closers.push(() => opened.close());
  };
  describe(`${name}, ${source.name}`, { skip: source.skip || obstacle() }, () => {
    const close = async () => {
      for (const closer of closers.splice(0).reverse()) await closer();
    };
    before(async () => {
      try {
        needs();
        await open('stack', Stack.open(source, { ...foldersOf(serves), ...settings }));
        its.api = its.stack.api;
        await open('browser', openBrowser());
      } catch (error) {
        await close();
        throw error;
      }
      its.page = (t, options) => openPage(t, its.browser, options);
    }, { timeout: 600_000 });
    after(close);
    tests(its);
  });
}
