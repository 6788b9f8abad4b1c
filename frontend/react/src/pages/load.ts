import { addressOf } from '../api/address';
import { askEarly } from '../api/early';
import { found, PAGE, popular, rated, recommended, similar, SUGGESTED } from '../api/requests';
import { idOf, readFilters, readSearch } from '../lib/query-string';

/** The pages by the first part of their address; each is loaded when it is first shown. */
export const load = {
  explore: () => import('./Explore'),
  you: () => import('./You'),
  users: () => import('./User'),
  films: () => import('./Film'),
  model: () => import('./Model'),
};

type Name = keyof typeof load;

/** What a page asks first, by its query string and the id in its address. What it asks besides may come later. */
const asks: Record<Name, (params: URLSearchParams, id: number | null) => string[]> = {
  explore: (params) => [addressOf('/movies', found(readSearch(params), PAGE)), '/genres'],
  you: (params) => (params.get('q') ? [] : [addressOf('/popular', popular(SUGGESTED))]),
  users: (params, id) =>
    id === null
      ? [addressOf('/popular', popular(PAGE))]
      : [
          addressOf('/reco/{user_id}', recommended(id, 0, params.get('why') !== '0', readFilters(params))),
          addressOf('/users/{user_id}/ratings', rated(id, 0)),
          '/genres',
        ],
  films: (_, id) => (id === null ? [] : [`/movies/${id}`, addressOf('/movies/{movie_id}/similar', similar(id))]),
  model: () => ['/models', '/experiments'],
};

/** Begins to load the page at an address, and what it asks, while other things are still under way. */
export function preload({ pathname, search }: Location): void {
  const [name = '', id] = pathname.slice(import.meta.env.BASE_URL.length).split('/');
  const page = name || 'explore';
  if (!(page in load)) return;
  // Should it fail, it is asked for again when it is shown.
  load[page as Name]().catch(() => undefined);
  asks[page as Name](new URLSearchParams(search), idOf(id)).forEach(askEarly);
}
