import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Key } from './en';
import { formatsFor, type Formats } from './format';
import { load, save } from '../lib/stored';

export const LANGUAGES = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;
export type Values = Record<string, string | number>;

const KEY = 'cinelake.language';
export type Dictionary = Record<Key, string>;

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

/** Puts values in the places of a text, `{name}`. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

export interface Words extends Formats {
  language: Language;
  setLanguage: (language: Language) => void;
  t: (key: Key, values?: Values) => string;
  /** A text with a number, in the form the number asks for: `key.one` or `key.other`. */
  count: (key: Counted, n: number, values?: Values) => string;
  genre: (name: string) => string;
  metric: (name: string) => string;
}

type Counted = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

export function wordsFor(
  language: Language,
  dictionary: Dictionary,
  setLanguage: (language: Language) => void,
  locale: string = language,
): Words {
  const formats = formatsFor(locale);
  const t = (key: Key, values: Values = {}): string => fill(dictionary[key], values);
  // A data set may have genres and metrics that nobody translated: they show as they are.
  const named = (kind: string, name: string): string => (dictionary as Record<string, string>)[`${kind}.${name}`] ?? name;
  return {
    ...formats,
    language,
    setLanguage,
    t,
    count: (key, n, values) => t(`${key}.${formats.plural(n)}` as Key, { n: formats.number(n), ...values }),
    genre: (name) => named('genre', name),
    metric: (name) => named('metric', name),
  };
}

const Context = createContext<Words | null>(null);

export interface Spoken {
  language: Language;
  dictionary: Dictionary;
}

async function speak(language: Language): Promise<Spoken> {
  return { language, dictionary: await dictionaries[language]() };
}

/** The language of the visitor's last choice, or else of their browser. */
export const firstLanguage = (): Promise<Spoken> => speak(languageOf(load(KEY), navigator.languages));

export function Languages({ first, children }: { first: Spoken; children: ReactNode }) {
  const [spoken, setSpoken] = useState(first);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
  }, [spoken]);
  const words = useMemo(
    () =>
      wordsFor(
        spoken.language,
        spoken.dictionary,
        (next) => {
          save(KEY, next);
          // Should it not load, the page stays in the language it has.
          void speak(next).then(setSpoken, () => undefined);
        },
        // Of the language, the country that the browser names: dates differ.
        navigator.languages.find((tag) => tag.startsWith(spoken.language)),
      ),
    [spoken],
  );
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = use(Context);
  if (!words) throw new Error('useWords outside of Languages');
  return words;
}
