// One load of a page in Chromium, judged by Lighthouse.
import { once } from 'node:events';
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { launch } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
// As root, and in most containers, its sandbox cannot be made.
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'];
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];

/** The two machines that Lighthouse simulates. */
export const PRESETS = {
  desktop: { title: 'Desktop (10 Mbit/s, 40 ms)', config: desktopConfig },
  mobile: { title: 'Telephone (slow 4G: 1.6 Mbit/s, 150 ms; processor four times slower)', config: undefined },
};

export class Browser {
  #sizes = new Map();

  static async open() {
    const browser = new Browser();
    browser.chrome = await launch({ chromePath: CHROMIUM, chromeFlags: FLAGS }).catch((error) => {
      throw new Error(`no Chromium at ${CHROMIUM} (${error.message}): sudo apt-get install chromium, or set CHROMIUM`);
    });
    process.once('SIGTERM', () => {
      browser.close();
      process.exit(143);
    });
    const version = await fetch(`http://127.0.0.1:${browser.chrome.port}/json/version`).then((answer) => answer.json());
    browser.version = version.Browser.replace('/', ' ');
    return browser;
  }

  close() {
    this.chrome.kill();
  }

  /** The figures of one load with an empty cache. */
  async measure(url, preset) {
    const flags = { port: this.chrome.port, logLevel: 'error', onlyCategories: CATEGORIES };
    const { lhr } = await lighthouse(url, flags, PRESETS[preset].config);
    if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
    return { ...figuresOf(lhr), script: await this.#scriptBytes(lhr) / 1000 };
  }

  /** The page's scripts as they come over the network: compressed, without the heads of the answers. */
  async #scriptBytes({ audits }) {
    const scripts = audits['network-requests'].details.items.filter(({ resourceType }) => resourceType === 'Script');
    for (const { url } of scripts) if (!this.#sizes.has(url)) this.#sizes.set(url, await compressedBytes(url));
    return scripts.reduce((sum, { url }) => sum + this.#sizes.get(url), 0);
  }
}

async function compressedBytes(url) {
  const ask = url.startsWith('https:') ? getSecurely : get;
  const [answer] = await once(ask(url, { headers: { 'accept-encoding': 'gzip' } }), 'response');
  let bytes = 0;
  for await (const part of answer) bytes += part.length;
  return bytes;
}

function figuresOf({ audits, categories }) {
  const numeric = (audit) => {
    const { numericValue, errorMessage } = audits[audit];
    if (numericValue === undefined) throw new Error(`Lighthouse has no ${audit}: ${errorMessage}`);
    return numericValue;
  };
  const score = (category) => 100 * categories[category].score;
  return {
    firstPaint: numeric('first-contentful-paint') / 1000,
    interactive: numeric('interactive') / 1000,
    accessibility: score('accessibility'),
    bestPractices: score('best-practices'),
    layoutShift: numeric('cumulative-layout-shift'),
    failed: ['accessibility', 'best-practices'].flatMap((category) => failed(categories[category], audits)),
  };
}

/** What takes points from a category. */
const failed = (category, audits) => category.auditRefs
  .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
  .map(({ id }) => id);
