// Figures as a table in Markdown.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUDGETS, isWithin } from './pages.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Where and with what it was measured. */
export function environment(browser, runs) {
  const lighthouse = path.join(HERE, 'node_modules/lighthouse/package.json');
  const { version } = JSON.parse(readFileSync(lighthouse, 'utf8'));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: HERE, encoding: 'utf8' }).trim();
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const machine = `${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, ${memory} GiB`;
  const loads = runs === 1 ? 'One load' : `Medians (least to most) of ${runs} loads`;
  return [
    `- ${day}, ${machine}; the API and the browser share it`,
    `- Cinelake ${commit}, ${browser}, Lighthouse ${version}, Node ${process.versions.node}`,
    `- ${loads} of each page with an empty cache, all pages taking turns; Lighthouse simulates times from what it saw`,
  ].join('\n');
}

/** A row for each page, its medians against the budgets. */
export function table(pages, figures) {
  const head = ['page', ...BUDGETS.map(title), 'reached'];
  const rows = pages.map((page) => row(page, figures.get(page)));
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function title({ title: name, unit, most, least }) {
  return most === undefined ? `${name} (at least ${least}${unit})` : `${name} (at most ${most}${unit})`;
}

function row(page, loads) {
  const cells = [];
  const missed = [];
  for (const budget of BUDGETS) {
    const values = loads.map((load) => load[budget.figure]);
    const write = (value) => `${value.toFixed(budget.digits)}${budget.unit}`;
    const [least, most] = [Math.min(...values), Math.max(...values)].map(write);
    cells.push(write(median(values)) + (least === most ? '' : ` (${least} to ${most})`));
    if (!isWithin(budget, median(values))) missed.push(budget.title);
  }
  const audits = [...new Set(loads.flatMap(({ failed }) => failed))];
  const because = audits.length > 0 ? ` (points lost: ${audits.join(', ')})` : '';
  return [`\`/${page}\``, ...cells, (missed.length > 0 ? `no: ${missed.join(', ')}` : 'yes') + because];
}

/** The page with the text between the two marks of a part replaced; a page without them gets them at its end. */
export function replacePart(page, name, part) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const whole = page.includes(begin) && page.includes(end) ? page : `${page.trimEnd()}\n\n${begin}\n${end}\n`;
  return `${whole.slice(0, whole.indexOf(begin))}${begin}\n${part}${whole.slice(whole.indexOf(end))}`;
}
