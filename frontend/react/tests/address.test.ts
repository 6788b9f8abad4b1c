import { describe, expect, test } from 'vitest';
import { addressOf } from '../src/api/address';
import { idOf, isFiltered, readFilters, readSearch, writeFilters, writeSearch, yearOf } from '../src/lib/query-string';

describe('the query string', () => {
  test('carries filters there and back', () => {
    const filters = { genres: ['Sci-Fi', 'Film-Noir'], minYear: 1940, maxYear: 1999 };
    const params = writeFilters(new URLSearchParams('why=0&from=1900'), filters);
    expect(params.toString()).toBe('why=0&from=1940&genre=Sci-Fi&genre=Film-Noir&to=1999');
    expect(readFilters(params)).toEqual(filters);
  });

  test('holds nothing of filters that are off', () => {
    const none = { genres: [], minYear: null, maxYear: null };
    expect(writeFilters(new URLSearchParams('genre=War&from=1950&to=1960'), none).toString()).toBe('');
    expect(isFiltered(none)).toBe(false);
  });

  test('that makes no sense is as good as none', () => {
    expect(readFilters(new URLSearchParams('genre=&genre=War&genre=War&from=abc&to=99999'))).toEqual({
      genres: ['War'],
      minYear: null,
      maxYear: null,
    });
    expect(readSearch(new URLSearchParams('sort=sideways&year=1700&genre='))).toEqual({
      q: '',
      genre: null,
      year: null,
      sort: null,
    });
  });

  test('carries a search with accents and signs there and back', () => {
    const search = { q: "L'été & moi", genre: 'Drama', year: 2001, sort: 'title' as const };
    expect(readSearch(new URLSearchParams(writeSearch(new URLSearchParams(), search).toString()))).toEqual(search);
  });

  test('keeps a search no longer than the API takes', () => {
    expect(readSearch(new URLSearchParams({ q: 'x'.repeat(300) })).q).toHaveLength(100);
  });
});

test('a year is four digits that the API takes', () => {
  expect(['1999', '1800', '2200', '1799', '2201', '199', '19.9', '', null].map(yearOf)).toEqual([
    1999,
    1800,
    2200,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('an id is a whole number from 0 that JavaScript can hold', () => {
  expect(['1', ' 42 ', '0', '-1', '1.5', '1e3', '9007199254740993', '', undefined].map(idOf)).toEqual([
    1,
    42,
    0,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('an address has its ids, repeats arrays and leaves out what is undefined', () => {
  const query = { genre: ['Sci-Fi', 'War'], exclude: [], min_year: undefined, explain: false, q: 'a&b' };
  expect(addressOf('/reco/{user_id}', { path: { user_id: 7 }, query })).toBe(
    '/reco/7?genre=Sci-Fi&genre=War&explain=false&q=a%26b',
  );
  expect(addressOf('/genres', {})).toBe('/genres');
});
