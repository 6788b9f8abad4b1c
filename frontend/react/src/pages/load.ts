/** The pages by the first part of their address; each is loaded when it is first shown. */
export const load = {
  explore: () => import('./Explore'),
  you: () => import('./You'),
  users: () => import('./User'),
  films: () => import('./Film'),
  model: () => import('./Model'),
};

/** Begins to load the page at an address, while other things are still under way. */
export function preload(pathname: string): void {
  const name = pathname.slice(import.meta.env.BASE_URL.length).split('/')[0] || 'explore';
  // Should it fail, it is asked for again when it is shown.
  if (name in load) load[name as keyof typeof load]().catch(() => undefined);
}
