// What a front end is tested against: a real database with real runs of the pipeline in it, and the real API.
import { Api } from './api.mjs';
import { Shared } from './shared.mjs';
import { migrate } from './sources.mjs';

/** Opens what these tests need of a source. `close` puts all of it away; so does the end of this process. */
export class Stack {
  #opened = [];

  static async open(source, settings = {}) {
    const stack = new Stack();
    try {
      const shared = stack.#keep(await Shared.open());
      stack.server = shared.server;
      stack.database = stack.#keep(await shared.database(source)).url;
      if (source.empty) await migrate(stack.database);
      stack.api = stack.#keep(await Api.open(stack.database, settings));
      return stack;
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  #keep(opened) {
    this.#opened.push(opened);
    return opened;
  }

  async close() {
    for (const opened of this.#opened.splice(0).reverse()) await opened.close();
  }
}
