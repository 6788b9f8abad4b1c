// A PostgreSQL server, and databases in it: the server at TEST_DATABASE_URL, else one of our own.
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, Kept, ROOT, run } from './programs.mjs';

export class Server {
  #kept;

  /** The server at an address that is known already, else at TEST_DATABASE_URL, else one of our own. */
  static async open(known) {
    const server = new Server();
    server.url = known ?? (process.env.TEST_DATABASE_URL || await server.#start());
    server.psql = path.join((await run(path.join(ROOT, 'scripts/private-postgres.sh'), ['programs'])).trim(), 'psql');
    return server;
  }

  async #start() {
    const folder = await mkdtemp(path.join(tmpdir(), 'cinelake-e2e-postgres-'));
    const password = randomBytes(12).toString('hex');
    const port = await freePort();
    this.#kept = new Kept(['postgres', folder, password, `${port}`]);
    await this.#kept.ready('PostgreSQL', ({ said }) => /^ready$/m.test(said), 120);
    return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  }

  /** A new database, empty or a copy of the one so named: its address. */
  async create(original = 'template0') {
    const url = new URL(this.url);
    url.pathname = `/e2e_${randomBytes(8).toString('hex')}`;
    await this.#execute(`CREATE DATABASE ${url.pathname.slice(1)} TEMPLATE ${original}`);
    return url.href;
  }

  async drop(url) {
    await this.#execute(`DROP DATABASE IF EXISTS ${nameOf(url)} WITH (FORCE)`);
  }

  /** Ends all connections to a database, and lets nobody in any more. */
  async shut(url) {
    await this.#execute(`ALTER DATABASE ${nameOf(url)} ALLOW_CONNECTIONS false`);
    await this.#execute(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(url)}'`);
  }

  async reopen(url) {
    await this.#execute(`ALTER DATABASE ${nameOf(url)} ALLOW_CONNECTIONS true`);
  }

  #execute(statement) {
    return run(this.psql, ['-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1', '-d', this.url, '-c', statement]);
  }

  async close() {
    await this.#kept?.end();
  }
}

const nameOf = (url) => new URL(url).pathname.slice(1);
