import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Failure, get, post, type Film } from './client';
import { found, PAGE, popular, rated, recommended, similar, wanted } from './requests';
import type { OwnRating } from '../lib/ratings';
import type { Filters, Search } from '../lib/query-string';

const MINUTE = 60_000;

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: MINUTE,
        gcTime: 30 * MINUTE,
        // Without the internet, an API on this machine still answers.
        networkMode: 'always',
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 1 && (!(error instanceof Failure) || error.status === 0 || error.status >= 500),
        retryDelay: 400,
      },
    },
  });

const filmKey = (movie_id: number): readonly ['film', number] => ['film', movie_id];

/** Puts films of a list where a look-up of one of them will find them. */
function remember(client: QueryClient, films: readonly Film[]): void {
  for (const film of films) {
    if (!client.getQueryData(filmKey(film.movie_id))) client.setQueryData(filmKey(film.movie_id), film);
  }
}

export const useFilm = (movie_id: number) =>
  useQuery({
    queryKey: filmKey(movie_id),
    // Films change with a new version only.
    staleTime: 30 * MINUTE,
    queryFn: ({ signal }) => get('/movies/{movie_id}', { path: { movie_id }, signal }),
  });

export const useGenres = () =>
  useQuery({
    queryKey: ['genres'],
    staleTime: 30 * MINUTE,
    queryFn: ({ signal }) => get('/genres', { signal }),
  });

export function usePopular(n: number, genre?: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ['popular', genre ?? null, n],
    queryFn: async ({ signal }) => {
      const page = await get('/popular', { ...popular(n, genre), signal });
      remember(client, page.results);
      return page;
    },
  });
}

export function useSearch(search: Search, limit = PAGE, enabled = true) {
  const client = useQueryClient();
  return useInfiniteQuery({
    queryKey: ['movies', search, limit],
    enabled,
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const page = await get('/movies', { ...found(search, limit, cursor), signal });
      remember(client, page.results);
      return page;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

export const useRecommendations = (user_id: number, filters: Filters, explain: boolean) =>
  useInfiniteQuery({
    queryKey: ['reco', user_id, filters, explain],
    initialPageParam: 0,
    queryFn: ({ pageParam: offset, signal }) =>
      get('/reco/{user_id}', { ...recommended(user_id, offset, explain, filters), signal }),
    getNextPageParam: (last) => (last.results.length === last.n ? last.offset + last.n : undefined),
    placeholderData: (before, query) => (query?.queryKey[1] === user_id ? before : undefined),
  });

export const useHistory = (user_id: number) =>
  useInfiniteQuery({
    queryKey: ['history', user_id],
    initialPageParam: 0,
    queryFn: ({ pageParam: offset, signal }) => get('/users/{user_id}/ratings', { ...rated(user_id, offset), signal }),
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.results.length, 0);
      return last.results.length > 0 && seen < last.total ? seen : undefined;
    },
  });

/** A user by chance. */
export async function randomUser(): Promise<number> {
  return (await get('/reco/random', { query: { n: 1 } })).user_id;
}

export const useFoldIn = (ratings: readonly OwnRating[], filters: Filters, n: number, explain = true) =>
  useQuery({
    queryKey: ['fold-in', ratings.map(({ movie_id, rating }) => [movie_id, rating]), filters, n, explain],
    enabled: ratings.length > 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      post('/reco/fold-in', {
        body: {
          ratings: ratings.map(({ movie_id, rating }) => ({ movie_id, rating })),
          n,
          explain,
          details: true,
          ...wanted(filters),
        },
        signal,
      }),
  });

export function useSimilar(movie_id: number) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ['similar', movie_id],
    queryFn: async ({ signal }) => {
      const page = await get('/movies/{movie_id}/similar', { ...similar(movie_id), signal });
      remember(client, page.results);
      return page;
    },
  });
}

export const useScore = (user_id: number | null, movie_id: number) =>
  useQuery({
    queryKey: ['score', user_id, movie_id],
    enabled: user_id !== null,
    queryFn: ({ signal }) => get('/score/{user_id}/{movie_id}', { path: { user_id: user_id ?? 0, movie_id }, signal }),
  });

export const useModels = () => useQuery({ queryKey: ['models'], queryFn: ({ signal }) => get('/models', { signal }) });

export const useExperiment = () =>
  useQuery({ queryKey: ['experiment'], queryFn: ({ signal }) => get('/experiments', { signal }) });
