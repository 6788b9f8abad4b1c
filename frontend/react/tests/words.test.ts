import { describe, expect, test } from 'vitest';
import { wordsFor } from '../src/i18n';
import { en } from '../src/i18n/en';
import { formatsFor } from '../src/i18n/format';
import { fr } from '../src/i18n/fr';
import { languageOf } from '../src/i18n/language';

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the dictionaries', () => {
  test('have the same keys', () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  test('leave the same places for values', () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(fr[key]), key).toEqual(places(en[key]));
  });

  test('have no empty text', () => {
    for (const text of [...Object.values(en), ...Object.values(fr)]) expect(text.trim()).not.toBe('');
  });
});

test('the language is the last choice, else the first known one of the browser, else English', () => {
  expect(languageOf('fr', ['en-GB'])).toBe('fr');
  expect(languageOf(null, ['de-DE', 'fr-CA', 'en'])).toBe('fr');
  expect(languageOf(null, ['de-DE'])).toBe('en');
  expect(languageOf('tlh', [])).toBe('en');
});

test('numbers, shares and moments are written as the language writes them', () => {
  const [english, french] = [formatsFor('en-GB'), formatsFor('fr')];
  expect(english.number(9742)).toBe('9,742');
  expect(french.number(9742)).toMatch(/^9\s742$/u);
  expect(english.percent(0.125)).toBe('12.5%');
  expect(french.fixed(0.12345, 3)).toBe('0,123');
  expect(english.signedPercent(0.4)).toBe('+40%');
  expect(english.date('2000-08-08T12:00:00Z')).toBe('8 Aug 2000');
  expect(english.date('some day')).toBe('some day');
});

test('counts take the form that the language asks for', () => {
  const english = wordsFor('en', en, () => undefined);
  const french = wordsFor('fr', fr, () => undefined);
  expect([0, 1, 2].map((n) => english.count('film.ratings', n))).toEqual(['0 ratings', '1 rating', '2 ratings']);
  expect([0, 1, 2].map((n) => french.count('film.ratings', n))).toEqual(['0 note', '1 note', '2 notes']);
});

test('a genre or metric that nobody translated shows as it is', () => {
  const french = wordsFor('fr', fr, () => undefined);
  expect(french.genre('War')).toBe('Guerre');
  expect(french.genre('Mumblecore')).toBe('Mumblecore');
  expect(french.metric('serendipity')).toBe('serendipity');
});
