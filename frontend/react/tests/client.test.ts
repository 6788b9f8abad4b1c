import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Failure, get, post } from '../src/api/client';
import { askEarly } from '../src/api/early';
import { isDown } from '../src/lib/connection';

afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: string): void => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response(body, { status }))),
  );
};
const failureOf = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    () => Promise.reject(new Error('no failure')),
    (reason: Failure) => reason,
  );

test('the client is generated from the API description as it is', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { api: string } };
  const [program = '', ...flags] = scripts.api.split(' ');
  // It fails with "out of date" when `npm run api` would change the file.
  execFileSync(process.execPath, [`node_modules/${program}/bin/cli.js`, ...flags, '--check'], { stdio: 'pipe' });
});

describe('a call', () => {
  test('fails with the words of the API', async () => {
    answer(404, '{"detail":"user 9 is unknown"}');
    const failure = await failureOf(get('/reco/random', {}));
    expect([failure.status, failure.message, failure.unreachable]).toEqual([404, 'user 9 is unknown', false]);
    expect(isDown()).toBe(false);
  });

  test('that nobody answers says that the service is down, until one is answered', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(() => Promise.reject(new TypeError('failed to fetch'))),
    );
    expect((await failureOf(get('/genres', {}))).status).toBe(0);
    expect(isDown()).toBe(true);
    answer(200, '{"results":[]}');
    await get('/genres', {});
    expect(isDown()).toBe(false);
  });

  test('to a service that is not ready says that it is down', async () => {
    answer(503, '{"detail":"no model is live"}');
    expect((await failureOf(get('/models', {}))).unreachable).toBe(true);
    expect(isDown()).toBe(true);
    answer(200, '{}');
    await get('/models', {});
  });

  test('that was cancelled says nothing about the service', async () => {
    const control = new AbortController();
    control.abort();
    vi.stubGlobal(
      'fetch',
      vi.fn(() => Promise.reject(new DOMException('cancelled', 'AbortError'))),
    );
    await expect(get('/movies', { query: { q: 'x' }, signal: control.signal })).rejects.toThrow('cancelled');
    expect(isDown()).toBe(false);
  });

  test('answered by something that is no API fails', async () => {
    answer(200, '<html>');
    expect((await failureOf(get('/genres', {}))).status).toBe(502);
    answer(200, '{}');
    await get('/genres', {});
  });

  test('takes the answer to what was asked early, once', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(() => Promise.resolve(new Response('{"results":[]}'))),
    );
    askEarly('/genres');
    await get('/genres', {});
    expect(fetch).toHaveBeenCalledTimes(1);
    await get('/genres', {});
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('sends its body as JSON', async () => {
    answer(200, '{}');
    await post('/reco/fold-in', { body: { ratings: [{ movie_id: 1, rating: 5 }] } });
    const [, sent] = vi.mocked(fetch).mock.calls[0] ?? [];
    expect(sent?.body).toBe('{"ratings":[{"movie_id":1,"rating":5}]}');
    expect(sent?.headers).toEqual({ 'Content-Type': 'application/json' });
  });
});
