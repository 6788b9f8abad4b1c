// Everything a test file about a front end needs:
//
//   for (const source of SOURCES) suite('the app', source, { folders: { '/app/': 'frontend/react/dist' } }, (its) => {
//     test('shows a film', async (t) => {
//       const page = await its.page(t, { colorScheme: 'dark' });
//       await page.goto(`${its.site.url}app/films/1`);
//       await assertAccessible(page);
//     });
//   });
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { openBrowser, openPage } from './browser.mjs';
import { obstacle, ROOT } from './programs.mjs';
import { Site } from './site.mjs';
import { SOURCES } from './sources.mjs';
import { Stack } from './stack.mjs';

export * from './browser.mjs';
export * from './observe.mjs';
export { ROOT, SOURCES };

/**
 * Tests about one source of data, with what they share: `its.stack` (`its.api` to stop and start), `its.site` with the
 * folders served under their prefixes, `its.page(t, options)`. All is closed at the end, also after a failure.
 * `settings` are environment variables of the API. `needs` throws when something is missing that must be made first.
 */
export function suite(name, source, { folders = {}, settings = {}, needs = () => {} }, tests) {
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
        await open('stack', Stack.open(source, settings));
        its.api = its.stack.api;
        const absolute = Object.entries(folders).map(([prefix, folder]) => [prefix, path.resolve(ROOT, folder)]);
        await open('site', Site.open(Object.fromEntries(absolute), its.api));
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
