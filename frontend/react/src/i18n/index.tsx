import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en, type Key } from './en';
import { fr } from './fr';
import { formatsFor, type Formats } from './format';
import { load, save } from '../lib/stored';

export const LANGUAGES = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;
export type Values = Record<string, string | number>;

const KEY = 'cinelake.language';
const dictionaries: Record<Language, Record<Key, string>> = { en, fr };

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

export function wordsFor(language: Language, setLanguage: (language: Language) => void): Words {
  const dictionary = dictionaries[language];
  const formats = formatsFor(language);
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

export function Languages({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => languageOf(load(KEY), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const words = useMemo(
    () =>
      wordsFor(language, (next) => {
        save(KEY, next);
        setLanguage(next);
      }),
    [language],
  );
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = use(Context);
  if (!words) throw new Error('useWords outside of Languages');
  return words;
}
