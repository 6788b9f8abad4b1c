// Debian's Chromium, and what every page is asked: no error, no accessibility violation, no horizontal scrolling.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium as driver } from 'playwright-core';
import { chromium, ROOT } from './programs.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = process.env.E2E_SCREENSHOTS && path.resolve(ROOT, process.env.E2E_SCREENSHOTS);

/** The browser; it ends with this process, too. As root, and in most containers, its sandbox cannot be made. */
export function openBrowser() {
  const args = ['--disable-gpu', '--no-sandbox', '--disable-dev-shm-usage'];
  return driver.launch({ executablePath: chromium(), args });
}

/**
 * A page in a profile of its own, closed at the end of the test `t`. Options are those of playwright's contexts, as
 * {viewport, colorScheme, reducedMotion, locale}. At the end of the test it fails when the page complained.
 *
 * `page.complaints` has what the console and the page reported as errors. That a request failed or was refused is
 * reported there by the browser itself; a test that makes requests fail gives `expected`, a pattern for these.
 */
export async function openPage(t, browser, { expected = null, ...options } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(`${error}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual(page.complaints.filter((text) => !expected?.test(text)), [], 'errors in the console');
  });
  return page;
}

/** What the browser says of a request that failed, or was answered by this status. */
export const failedRequest = (status) => (
  new RegExp(`^Failed to load resource: ${status ? `the server responded with a status of ${status}` : 'net::ERR_'}`)
);

/** Fails when axe finds a violation, naming rule and place. */
export async function assertAccessible(page) {
  // What fades in has little contrast while it does so.
  await settled(page);
  // Not as a <script> in the page: its policy would refuse that.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => (await globalThis.axe.run()).violations
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id} at ${target}: ${help}`)));
  assert.deepEqual(violations, [], 'axe found violations');
}

/** Fails when the page is wider than its window. */
export async function assertNoSideways(page) {
  const { wide, window } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= window, `the page is ${wide} pixels wide in a window of ${window}`);
}

/** Waits until nothing is animated any more but what goes on for ever. */
export async function settled(page) {
  await page.evaluate(() => Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity)
    .map((animation) => animation.finished.catch(() => {}))));
}

/** A picture to look at, in the folder E2E_SCREENSHOTS; none without it. */
export async function screenshot(page, name) {
  if (!SCREENSHOTS) return;
  await settled(page);
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
