// What every test file needs and nothing changes: a database server, and for each source one published database in it,
// of which each suite gets a copy. `run.mjs` makes it once for all files; a file that is run alone makes it itself.
import { Server } from './database.mjs';
import { publish, SOURCES } from './sources.mjs';

const VARIABLE = 'E2E_SHARED';

export class Shared {
  #kept = [];

  /** What `run.mjs` made, or else something of our own. */
  static async open() {
    const shared = new Shared();
    const given = process.env[VARIABLE] && JSON.parse(process.env[VARIABLE]);
    shared.server = await Server.open(given?.server);
    if (!given) shared.#kept.push(() => shared.server.close());
    shared.published = given?.published ?? {};
    return shared;
  }

  /** Runs the pipeline from each source that this machine has. */
  async publishAll() {
    for (const source of SOURCES) if (!source.skip) await this.#publish(source);
  }

  /** What finds this in another process. */
  environment() {
    return { [VARIABLE]: JSON.stringify({ server: this.server.url, published: this.published }) };
  }

  /** A database with the versions of a source, or empty if the source is. `close` drops it. */
  async database(source) {
    if (!source.empty && !this.published[source.name]) await this.#publish(source);
    const url = await this.server.create(this.published[source.name]);
    return { url, close: () => this.server.drop(url) };
  }

  async #publish(source) {
    const url = await this.server.create();
    this.#kept.push(() => this.server.drop(url));
    await publish(url, source);
    this.published[source.name] = new URL(url).pathname.slice(1);
  }

  async close() {
    for (const close of this.#kept.splice(0).reverse()) await close();
  }
}
