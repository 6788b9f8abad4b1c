import { load, save } from './stored';

export type Theme = 'light' | 'dark';

const KEY = 'cinelake.theme';
const preference = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let chosen: Theme | null = read();

function read(): Theme | null {
  const stored = load(KEY);
  return stored === 'light' || stored === 'dark' ? stored : null;
}

export const currentTheme = (): Theme => chosen ?? (preference.matches ? 'dark' : 'light');

export function applyTheme(): void {
  if (chosen) document.documentElement.dataset.theme = chosen;
}

export function setTheme(theme: Theme): void {
  chosen = theme;
  save(KEY, theme);
  applyTheme();
  listeners.forEach((listener) => listener());
}

export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  preference.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    preference.removeEventListener('change', listener);
  };
}
