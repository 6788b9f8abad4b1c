// The real API on a database.
import { freePort, Kept, program, run } from './programs.mjs';

const TOKENS = { API_JWT_SECRET: 'only for tests, and long enough for one' };

/** The API on a port of its own, which it keeps when it is stopped and started again. */
export class Api {
  #kept;

  /** `settings` are environment variables. */
  static async open(database, settings = {}) {
    const api = new Api();
    api.port = await freePort();
    api.url = `http://127.0.0.1:${api.port}/`;
    api.settings = { DATABASE_URL: database, API_LISTEN: `127.0.0.1:${api.port}`, ...TOKENS, ...settings };
    await api.start();
    return api;
  }

  /** Returns when it answers, whether it has a version to answer from or not. */
  async start() {
    this.#kept ??= new Kept(['program', program('api')], this.settings);
    await this.#kept.ready('the API', () => fetch(new URL('health/live', this.url)).then(({ ok }) => ok, () => false));
  }

  async stop() {
    await this.#kept?.end();
    this.#kept = undefined;
  }

  close() {
    return this.stop();
  }

  /** What a GET answers, as JSON. */
  get(where) {
    return this.#ask(where);
  }

  post(where, body) {
    return this.#ask(where, { method: 'POST', body: JSON.stringify(body) });
  }

  /** A PUT as an administrator. */
  async put(where, body) {
    const token = (await run(program('api'), ['token', '--scope', 'admin', '--days', '1'], TOKENS)).trim();
    return this.#ask(where, {
      method: 'PUT', body: JSON.stringify(body), headers: { Authorization: `Bearer ${token}` },
    });
  }

  async #ask(where, { headers, ...asked } = {}) {
    const answer = await fetch(new URL(where, this.url), {
      ...asked, headers: { 'Content-Type': 'application/json', ...headers },
    });
    if (answer.ok) return answer.json();
    throw new Error(`${asked.method ?? 'GET'} ${where} answers ${answer.status}: ${await answer.text()}`);
  }
}
