import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MOST_RATINGS, parseRatings, RatingStore } from '../src/lib/ratings';
import { memoryStorage } from './storage';

const seen = (store: RatingStore) => store.ratings().map(({ title, rating }) => `${title} ${rating}`);

beforeEach(() => vi.stubGlobal('localStorage', memoryStorage()));

describe('own ratings', () => {
  test('stay in the browser, newest first', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.rate(2, 'Jumanji', 2.5);
    expect(seen(new RatingStore())).toEqual(['Jumanji 2.5', 'Toy Story 5']);
  });

  test('of the same film replace each other', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.rate(1, 'Toy Story', 3);
    expect(seen(store)).toEqual(['Toy Story 3']);
    expect(store.starsOf(1)).toBe(3);
  });

  test('are never more than the API takes', () => {
    const store = new RatingStore();
    for (let i = 1; i <= MOST_RATINGS + 5; i += 1) store.rate(i, `Film ${i}`, 4);
    expect(store.ratings()).toHaveLength(MOST_RATINGS);
    expect(store.ratings()[0]?.movie_id).toBe(MOST_RATINGS + 5);
  });

  test('work for the visit when the browser forbids storage', () => {
    vi.stubGlobal('localStorage', undefined);
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    expect(seen(store)).toEqual(['Toy Story 5']);
  });

  test('tell their listeners once for each change, and not when nothing changed', () => {
    const store = new RatingStore();
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    store.rate(1, 'Toy Story', 5);
    store.rate(1, 'Toy Story', 5);
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    store.clear();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('written by another tab show here', () => {
    const store = new RatingStore();
    new RatingStore().rate(3, 'Heat', 4);
    store.reload();
    expect(seen(store)).toEqual(['Heat 4']);
  });
});

describe('undo', () => {
  test('takes a new rating away', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.undo();
    expect(seen(store)).toEqual([]);
    expect(seen(new RatingStore())).toEqual([]);
  });

  test('brings the stars and the place of a changed rating back', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.rate(2, 'Jumanji', 2);
    store.rate(1, 'Toy Story', 1);
    store.undo();
    expect(seen(store)).toEqual(['Jumanji 2', 'Toy Story 5']);
  });

  test('brings a removed rating back', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.rate(1, 'Toy Story', null);
    expect(store.lastChange()?.stars).toBeNull();
    store.undo();
    expect(seen(store)).toEqual(['Toy Story 5']);
  });

  test('works once, and not after the offer is gone', () => {
    const store = new RatingStore();
    store.rate(1, 'Toy Story', 5);
    store.rate(2, 'Jumanji', 2);
    store.undo();
    store.undo();
    expect(seen(store)).toEqual(['Toy Story 5']);
    store.rate(3, 'Heat', 4);
    store.forgetChange();
    store.undo();
    expect(seen(store)).toEqual(['Heat 4', 'Toy Story 5']);
  });
});

test('a damaged storage keeps what is sound', () => {
  const sound = { movie_id: 1, title: 'Toy Story', rating: 4.5 };
  const stored = [
    sound,
    { movie_id: 2, title: 'Half', rating: 4.2 },
    { movie_id: 'x' },
    null,
    { movie_id: 3, title: 'Six', rating: 6 },
  ];
  expect(parseRatings(JSON.stringify(stored))).toEqual([sound]);
  for (const text of [null, '', '{', '{"a":1}', 'null']) expect(parseRatings(text)).toEqual([]);
});
