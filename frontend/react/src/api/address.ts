/** Under /app/ the API is the page's own origin; the dev server asks the one that VITE_API names. */
export const ADDRESS: string = import.meta.env.PROD ? '' : (import.meta.env.VITE_API ?? 'http://127.0.0.1:8000');

/** What a call takes. */
export interface Parts {
  path?: object;
  query?: object;
  body?: unknown;
  signal?: AbortSignal;
}

/** The address of a call; what is undefined is left out, an array repeats its name. */
export function addressOf(path: string, { path: ids = {}, query = {} }: Parts): string {
  const fill = (all: string, [name, id]: [string, unknown]): string =>
    all.replace(`{${name}}`, encodeURIComponent(String(id)));
  const filled = Object.entries(ids).reduce(fill, path);
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (one !== undefined && one !== null) params.append(name, String(one));
  }
  return params.size > 0 ? `${filled}?${params}` : filled;
}
