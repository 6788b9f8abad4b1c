// What a front end is tested against: a real database with a real run of the pipeline in it, and the real API.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Server } from './database.mjs';
import { freePort, Kept, program, run } from './programs.mjs';

const RUN_ID = 'e2e';
// A model that takes no time, with every parameter pinned: the defaults may change, what these tests see does not.
const SMALL = {
  train: ['--rank', '8', '--iterations', '8', '--regularization', '0.01', '--regularization-exponent', '1',
    '--unobserved-weight', '0.1', '--min-rating', '0'],
  recommend: ['--top-n', '30', '--similar-n', '10'],
};

/** The data to test with: the built-in sample, and MovieLens (a folder or a zip) where the machine names one. */
export const SOURCES = [
  { name: 'sample', source: 'sample:20k', flags: SMALL },
  {
    name: 'MovieLens',
    source: process.env.CINELAKE_MOVIELENS,
    flags: {},
    skip: process.env.CINELAKE_MOVIELENS ? false : 'CINELAKE_MOVIELENS names no MovieLens folder or zip',
  },
];

/** Opens what these tests need of a source. `close` puts all of it away; so does the end of this process. */
export class Stack {
  #closers = [];

  static async open({ source, flags }, settings = {}) {
    const stack = new Stack();
    try {
      await stack.#open(source, flags, settings);
      return stack;
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  async #open(source, flags, settings) {
    const server = await Server.open();
    this.#closers.push(() => server.close());
    this.database = await server.create();
    this.#closers.push(() => server.drop(this.database));
    await publish(this.database, source, flags);
    this.api = await Api.open(this.database, settings);
    this.#closers.push(() => this.api.stop());
  }

  async close() {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}

/** Runs the pipeline once, from the source to the live version. */
async function publish(database, source, flags) {
  const lake = await mkdtemp(path.join(tmpdir(), 'cinelake-e2e-lake-'));
  try {
    await run(program('publish'), ['migrate'], { DATABASE_URL: database });
    const asked = { ...flags, ingest: ['--source', source] };
    for (const step of ['ingest', 'clean', 'train', 'evaluate', 'recommend', 'publish']) {
      const own = ['ingest', 'publish'].includes(step) ? { DATABASE_URL: database } : {};
      await run(program(step), asked[step] ?? [], { LAKE_URI: lake, RUN_ID, ...own });
    }
  } finally {
    await rm(lake, { recursive: true, force: true });
  }
}

/** The API on a port of its own, which it keeps when it is stopped and started again. */
export class Api {
  #kept;

  static async open(database, settings = {}) {
    const api = new Api();
    api.port = await freePort();
    api.url = `http://127.0.0.1:${api.port}/`;
    api.settings = { DATABASE_URL: database, API_LISTEN: `127.0.0.1:${api.port}`, ...settings };
    await api.start();
    return api;
  }

  async start() {
    this.#kept ??= new Kept(['program', program('api')], this.settings);
    await this.#kept.ready('the API', () => fetch(new URL('health', this.url)).then(({ ok }) => ok, () => false));
  }

  async stop() {
    await this.#kept?.end();
    this.#kept = undefined;
  }

  /** What a GET answers, as JSON. */
  async get(where) {
    const answer = await fetch(new URL(where, this.url));
    if (!answer.ok) throw new Error(`GET ${where} answers ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}
