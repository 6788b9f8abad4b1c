// The front ends as the API serves them: under its own origin, with a content security policy without unsafe-inline.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import path from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.json': 'application/json', '.webmanifest': 'application/manifest+json', '.png': 'image/png', '.woff2': 'font/woff2',
};

/**
 * A server on a free port for folders, as {'/ui/': folder}, that hands every other request to the API. A path below
 * such a prefix without a file extension gets the folder's index.html, for routes inside of an app.
 */
export class Site {
  static async open(folders, api) {
    const site = new Site();
    site.server = createServer((asked, answer) => {
      const { pathname } = new URL(asked.url, 'http://site');
      const prefix = Object.keys(folders).find((name) => pathname.startsWith(name));
      const work = prefix ? sendFile(folders[prefix], pathname.slice(prefix.length), answer) : pass(asked, answer, api);
      work.catch(() => answer.destroy());
    }).listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    site.url = `http://127.0.0.1:${site.server.address().port}/`;
    return site;
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

async function sendFile(folder, below, answer) {
  const name = path.extname(below) ? below : 'index.html';
  const file = path.resolve(folder, decodeURIComponent(name));
  const body = file.startsWith(path.resolve(folder) + path.sep) ? await readFile(file).catch(() => null) : null;
  if (body === null) {
    answer.writeHead(404).end();
    return;
  }
  const headers = { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' };
  if (name === 'index.html') headers['content-security-policy'] = policy(body.toString());
  answer.writeHead(200, headers).end(body);
}

/** Only what comes with the page, and of what is written inside of it only exactly that, by its hash. */
export function policy(html) {
  const hashes = (tag) => [...html.matchAll(new RegExp(`<${tag}(?![^>]*\\ssrc=)[^>]*>([^]*?)</${tag}>`, 'g'))]
    .map(([, inside]) => ` 'sha256-${createHash('sha256').update(inside).digest('base64')}'`).join('');
  return `default-src 'none'; script-src 'self'${hashes('script')}; style-src 'self'${hashes('style')}; `
    + "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

/** The API answers. When it is stopped, the browser sees a connection that breaks, as from the API itself. */
async function pass(asked, answer, api) {
  const onward = request(new URL(asked.url, api.url), { method: asked.method, headers: asked.headers });
  asked.pipe(onward);
  const [given] = await once(onward, 'response');
  answer.writeHead(given.statusCode, given.headers);
  given.pipe(answer);
}
