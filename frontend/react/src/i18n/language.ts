import type { Key } from './en';
import { load, save } from '../lib/stored';

export const LANGUAGES = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;
export type Dictionary = Record<Key, string>;

export interface Spoken {
  language: Language;
  dictionary: Dictionary;
}

const KEY = 'cinelake.language';

// Each visitor loads one language.
const dictionaries: Record<Language, () => Promise<Dictionary>> = {
  en: async () => (await import('./en')).en,
  fr: async () => (await import('./fr')).fr,
};

export function languageOf(stored: string | null, preferred: readonly string[]): Language {
  if (stored === 'en' || stored === 'fr') return stored;
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'en' || tag === 'fr');
  return known === 'fr' ? 'fr' : 'en';
}

/** The language of the visitor's last choice, or else of their browser. */
export const firstLanguage = (): Promise<Spoken> => speak(languageOf(load(KEY), navigator.languages));

export const keepLanguage = (language: Language): void => save(KEY, language);

export async function speak(language: Language): Promise<Spoken> {
  return { language, dictionary: await dictionaries[language]() };
}
