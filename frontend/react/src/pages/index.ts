import { lazy } from 'react';

/** The pages by the first part of their address; each is loaded when it is first shown. */
const load = {
  explore: () => import('./Explore'),
  you: () => import('./You'),
  users: () => import('./User'),
  films: () => import('./Film'),
  model: () => import('./Model'),
};

export const Explore = lazy(load.explore);
export const You = lazy(load.you);
export const User = lazy(load.users);
export const Film = lazy(load.films);
export const Model = lazy(load.model);

/** Begins to load the page at an address, while other things are still under way. */
export function preload(pathname: string): void {
  const name = pathname.slice(import.meta.env.BASE_URL.length).split('/')[0] || 'explore';
  // Should it fail, it is asked for again when it is shown.
  if (name in load) load[name as keyof typeof load]().catch(() => undefined);
}
