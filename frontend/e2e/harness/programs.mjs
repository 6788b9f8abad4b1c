// The project's programs, and how the tests run them. Nothing started here outlives the tests.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const BIN = process.env.CINELAKE_BIN || path.join(ROOT, 'target/release');
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const KEEP = path.join(ROOT, 'frontend/e2e/harness/keep.sh');
// Longer than any step on these small data needs, on the slowest machine.
const TIMEOUT = 300_000;
// A machine's own settings must not decide what the tests see.
const WITHHELD = new RegExp('^(RUN_ID|LAKE_URI|SOURCE|DOWNLOADS|THREADS|PUSHGATEWAY_URL|DATABASE_URL|RUST_LOG'
  + '|LOG_FORMAT|REDIS_URL|API_.*|GRANT_.*)$');

export const chromium = () => CHROMIUM;

/** The path of one of the project's programs. */
export const program = (name) => path.join(BIN, name);

/** Why these tests cannot run here, with the remedy; false when they can. In CI they must. */
export function obstacle() {
  const found = [];
  if (!existsSync(CHROMIUM)) found.push(`no Chromium at ${CHROMIUM}: sudo apt-get install chromium, or set CHROMIUM`);
  if (!existsSync(program('api'))) found.push(`no programs in ${BIN}: cargo build --release, or set CINELAKE_BIN`);
  if (found.length === 0) return false;
  if (process.env.CI === 'true') throw new Error(found.join('; '));
  return found.join('; ');
}

/** The variables a program gets: those of the machine that are not ours, and these. */
export function environment(settings) {
  const kept = Object.entries(process.env).filter(([name]) => !WITHHELD.test(name));
  return { ...Object.fromEntries(kept), ...settings };
}

/** Runs a program to its end: its standard output. */
export async function run(file, args, settings = {}) {
  const options = { env: environment(settings), timeout: TIMEOUT, maxBuffer: 64 * 1024 * 1024 };
  try {
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${path.basename(file)} ended with ${error.code ?? error.signal}:\n${said}`);
  }
}

/** Something that keep.sh keeps until `end`, or until this process is gone. */
export class Kept {
  said = '';

  constructor(args, settings = {}) {
    // A group of its own: Ctrl-C must reach us, and what we keep must then be put away in order.
    this.process = spawn(KEEP, args, { env: environment(settings), stdio: 'pipe', detached: true });
    this.ended = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { this.said = (this.said + text).slice(-20_000); });
    }
    this.process.stdin.on('error', () => {});
  }

  /** Waits until `isReady` says true; fails when it takes too long, or the program ends before. */
  async ready(what, isReady, seconds = 60) {
    const until = Date.now() + seconds * 1000;
    while (!(await isReady(this))) {
      if (this.process.exitCode !== null || Date.now() > until) {
        await this.end();
        throw new Error(`${what} does not start:\n${this.said.trim().split('\n').slice(-15).join('\n')}`);
      }
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  async end() {
    this.process.stdin.end();
    await this.ended;
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
