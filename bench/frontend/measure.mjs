#!/usr/bin/env node
// Measures the budgets of both front ends, as a running API serves them, with Lighthouse in Chromium.
//
//   cd bench/frontend && npm ci && node measure.mjs --url http://127.0.0.1:8000
//
// Every page is loaded several times with an empty cache, all pages taking turns, on two machines that Lighthouse
// simulates: a desktop (10 Mbit/s, 40 ms) and a telephone (slow 4G: 1.6 Mbit/s, 150 ms; a processor four times slower).
// Prints a table of medians for each; with --output, writes them into a page, as ../RESULTS.md, between two marks.
//
// Run it on a machine that does nothing else. Needs Node 20 or newer and Chromium (sudo apt-get install chromium, or
// CHROMIUM=/path).
//
// Ends with 0 whether the budgets are reached or not.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Browser, PRESETS } from './browser.mjs';
import { pagesFor } from './pages.mjs';
import { environment, replacePart, table } from './report.mjs';

const USAGE = 'usage: measure.mjs [--url URL] [--runs N] [--user ID] [--film ID] [--only TEXT]'
  + ' [--preset desktop|mobile] [--output PAGE]';

async function main() {
  const asked = options();
  await assertServed(asked.url);
  const pages = pagesFor(asked.user, asked.film).filter((page) => page.includes(asked.only));
  const browser = await Browser.open();
  try {
    let part = `## Front ends\n\n${environment(browser.version, asked.runs)}\n`;
    for (const preset of asked.presets) {
      const figures = await takeTurns(browser, preset, pages, asked);
      part += `\n${PRESETS[preset].title}:\n\n${table(pages, figures)}\n`;
    }
    process.stdout.write(part);
    if (asked.output) {
      await writeFile(asked.output, replacePart(await readFile(asked.output, 'utf8'), 'frontend', part));
    }
  } finally {
    await browser.close();
  }
}

/** All figures of every page. Pages take turns, so that a slow moment of the machine hits each of them. */
async function takeTurns(browser, preset, pages, { url, runs }) {
  const figures = new Map(pages.map((page) => [page, []]));
  for (let run = 1; run <= runs; run += 1) {
    for (const page of pages) {
      process.stderr.write(`${preset}, run ${run} of ${runs}: ${page}\n`);
      figures.get(page).push(await browser.measure(new URL(page, url).href, preset));
    }
  }
  return figures;
}

function options() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8000' },
      runs: { type: 'string', default: '5' },
      user: { type: 'string', default: '1' },
      film: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      preset: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs is a whole number from 1');
  if (!URL.canParse(values.url)) throw new Error(`--url is no address: ${values.url}`);
  if (values.preset && !PRESETS[values.preset]) throw new Error(`--preset is ${Object.keys(PRESETS).join(' or ')}`);
  return { ...values, runs, presets: values.preset ? [values.preset] : Object.keys(PRESETS) };
}

/** A page that is not there is quick and accessible, too. */
async function assertServed(url) {
  for (const page of ['health', 'ui/', 'app/']) {
    const answer = await fetch(new URL(page, url)).catch(({ cause }) => ({ ok: false, status: cause }));
    if (answer.ok) continue;
    throw new Error(`${new URL(page, url)}: ${answer.status}; start the API with a live model and both front ends`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n${error instanceof TypeError ? `${USAGE}\n` : ''}`);
  process.exitCode = 1;
});
