/** What a page shows is in its address, so that every view can be linked. What makes no sense there is left out. */
export interface Filters {
  genres: string[];
  minYear: number | null;
  maxYear: number | null;
}

export interface Search {
  q: string;
  genre: string | null;
  year: number | null;
  sort: Sort | null;
}

export const SORTS = ['relevance', 'popular', 'title', 'year'] as const;
export type Sort = (typeof SORTS)[number];

/** A year that the API takes, or null. */
export function yearOf(text: string | null): number | null {
  if (!text || !/^\d{4}$/.test(text.trim())) return null;
  const year = Number(text);
  return year >= 1800 && year <= 2200 ? year : null;
}

/** An id, or null. */
export function idOf(text: string | null | undefined): number | null {
  if (!text || !/^\d{1,16}$/.test(text.trim())) return null;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : null;
}

export function readFilters(params: URLSearchParams): Filters {
  return {
    genres: [...new Set(params.getAll('genre').filter(Boolean))],
    minYear: yearOf(params.get('from')),
    maxYear: yearOf(params.get('to')),
  };
}

export function writeFilters(params: URLSearchParams, filters: Filters): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete('genre');
  filters.genres.forEach((genre) => next.append('genre', genre));
  put(next, 'from', filters.minYear);
  put(next, 'to', filters.maxYear);
  return next;
}

export const isFiltered = (filters: Filters): boolean =>
  filters.genres.length > 0 || filters.minYear !== null || filters.maxYear !== null;

export function readSearch(params: URLSearchParams): Search {
  const sort = SORTS.find((known) => known === params.get('sort')) ?? null;
  return {
    q: (params.get('q') ?? '').trim().slice(0, 100),
    genre: params.get('genre') || null,
    year: yearOf(params.get('year')),
    sort,
  };
}

export function writeSearch(params: URLSearchParams, search: Partial<Search>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [key, value] of Object.entries(search)) put(next, key, value);
  return next;
}

/** The same with one value changed; without it when the value is nothing. */
export function withParam(params: URLSearchParams, key: string, value: string | number | null): URLSearchParams {
  const next = new URLSearchParams(params);
  put(next, key, value);
  return next;
}

function put(params: URLSearchParams, key: string, value: string | number | null | undefined): void {
  if (value === null || value === undefined || value === '') params.delete(key);
  else params.set(key, String(value));
}
