// What happens in a page while a test looks, and how a test makes it wait.
import assert from 'node:assert/strict';
import { settled } from './browser.mjs';
import { SOURCES } from './sources.mjs';

/** The windows that every page is looked at in. */
export const LOOKS = [320, 1440].flatMap((width) => ['light', 'dark'].map((colorScheme) => (
  { name: `${width}-${colorScheme}`, options: { viewport: { width, height: 800 }, colorScheme } })));

// The short form, without MovieLens, looks at what is not a page of its own in two of these.
export const SOME_LOOKS = SOURCES.some(({ skip }) => skip) ? [LOOKS[1], LOOKS[2]] : LOOKS;

const ASKED = /^\/(reco|movies|popular|genres|users|score|models|experiments)\b/;
/** Whether an address is one that answers with data. */
export const isAsked = ({ pathname }) => ASKED.test(pathname);

/** The requests to the API from now on, as "GET /reco/1?n=10"; `pattern` chooses among their paths. */
export function listen(page, pattern = ASKED) {
  const asked = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pattern.test(pathname)) asked.push(`${request.method()} ${pathname}${search}`);
  });
  return asked;
}

/** Holds the answers to what matches until the returned function is called. */
export async function hold(page, pattern) {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route(pattern, async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  return release;
}

/** From its next load on, the page counts how far its parts jump; the returned function fails when that is too far. */
export async function watchJumps(page) {
  await page.addInitScript(() => {
    globalThis.jumps = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        const moved = sources.map(({ node }) => node?.className || node?.nodeName || '?');
        globalThis.jumps.push({ value, moved });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return async () => {
    await settled(page);
    const jumps = await page.evaluate(() => globalThis.jumps);
    const sum = jumps.reduce((all, { value }) => all + value, 0);
    assert.ok(sum <= 0.05, `a layout shift of ${sum}: ${JSON.stringify(jumps)}`);
  };
}

/** Fails when one does not see where the focus is. */
export async function assertFocusSeen(page) {
  const { name, seen } = await page.evaluate(() => {
    const { activeElement: focused } = document;
    const { outlineStyle, outlineWidth } = getComputedStyle(focused);
    return { name: focused.outerHTML.slice(0, 120), seen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 };
  });
  assert.ok(seen, `one does not see the focus on ${name}`);
}
