import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Key } from './en';
import { formatsFor, type Formats } from './format';
import { keepLanguage, speak, type Dictionary, type Language, type Spoken } from './language';

export type Values = Record<string, string | number>;

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
  objective: (name: string) => string;
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
  // A name without a translation, such as a new genre, is shown as it is.
  const named = (kind: string, name: string): string =>
    (dictionary as Record<string, string>)[`${kind}.${name}`] ?? name;
  return {
    ...formats,
    language,
    setLanguage,
    t,
    count: (key, n, values) => t(`${key}.${formats.plural(n)}` as Key, { n: formats.number(n), ...values }),
    genre: (name) => named('genre', name),
    metric: (name) => named('metric', name),
    objective: (name) => named('objective', name),
  };
}

const Context = createContext<Words | null>(null);

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
          keepLanguage(next);
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
