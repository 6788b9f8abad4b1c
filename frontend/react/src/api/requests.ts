// What pages ask first, without React: main.ts asks it early, the queries ask it again or for more.
import type { Filters, Search } from '../lib/query-string';

/** Films of a page of a list; a multiple of the usual numbers of columns. */
export const PAGE = 24;
export const SUGGESTED = 12;
export const SIMILAR = 18;
const RATED = 12;

export const wanted = (filters: Filters) => ({
  genre: filters.genres,
  exclude: [],
  min_year: filters.minYear ?? undefined,
  max_year: filters.maxYear ?? undefined,
});

export const found = ({ q, genre, year, sort }: Search, limit: number, cursor?: string) => ({
  query: {
    q: q || undefined,
    genre: genre ?? undefined,
    year: year ?? undefined,
    // Without words there is nothing to match.
    sort: (sort === 'relevance' && !q ? null : sort) ?? undefined,
    limit,
    cursor,
  },
});

export const recommended = (user_id: number, offset: number, explain: boolean, filters: Filters) => ({
  path: { user_id },
  query: { n: PAGE, offset, explain, details: true, ...wanted(filters) },
});

export const rated = (user_id: number, offset: number) => ({
  path: { user_id },
  query: { n: RATED, offset, details: true },
});

export const popular = (n: number, genre?: string) => ({ query: { n, genre } });

export const similar = (movie_id: number) => ({ path: { movie_id }, query: { n: SIMILAR } });
