import { useSyncExternalStore } from 'react';
import { load, save } from './stored';

/** One of the visitor's own ratings. The title is kept so that the list shows before the API answers. */
export interface OwnRating {
  movie_id: number;
  title: string;
  rating: number;
}

export interface Change {
  movie_id: number;
  title: string;
  /** What to go back to: the rating before and its place, or null if there was none. */
  before: { rating: OwnRating; place: number } | null;
  /** Null when the rating was taken back. */
  stars: number | null;
}

/** Ratings newest first, never more than the API takes at once. */
export const MOST_RATINGS = 1000;
const KEY = 'cinelake.ratings';

function isRating(value: unknown): value is OwnRating {
  if (typeof value !== 'object' || value === null) return false;
  const { movie_id, title, rating } = value as Record<string, unknown>;
  return Number.isSafeInteger(movie_id) && typeof title === 'string' && isStars(rating);
}

export function isStars(value: unknown): value is number {
  return typeof value === 'number' && value >= 0.5 && value <= 5 && Number.isInteger(value * 2);
}

/** What an older or damaged storage still holds that is sound. */
export function parseRatings(text: string | null): OwnRating[] {
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isRating).slice(0, MOST_RATINGS) : [];
  } catch {
    return [];
  }
}

export class RatingStore {
  #ratings: OwnRating[];
  #change: Change | null = null;
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.#ratings = parseRatings(load(KEY));
  }

  ratings = (): readonly OwnRating[] => this.#ratings;
  lastChange = (): Change | null => this.#change;
  starsOf = (movie_id: number): number | null =>
    this.#ratings.find((rating) => rating.movie_id === movie_id)?.rating ?? null;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Rates a film, or takes its rating back with null. */
  rate(movie_id: number, title: string, stars: number | null): void {
    if (stars === this.starsOf(movie_id)) return;
    const place = this.#ratings.findIndex((rating) => rating.movie_id === movie_id);
    const before = this.#ratings[place];
    const others = this.#ratings.filter((rating) => rating.movie_id !== movie_id);
    this.#change = { movie_id, title, stars, before: before ? { rating: before, place } : null };
    this.#replace(stars === null ? others : [{ movie_id, title, rating: stars }, ...others].slice(0, MOST_RATINGS));
  }

  /** Takes the last change back, once. */
  undo(): void {
    const change = this.#change;
    if (!change) return;
    const ratings = this.#ratings.filter((rating) => rating.movie_id !== change.movie_id);
    if (change.before) ratings.splice(change.before.place, 0, change.before.rating);
    this.#change = null;
    this.#replace(ratings);
  }

  forgetChange(): void {
    if (!this.#change) return;
    this.#change = null;
    this.#tell();
  }

  clear(): void {
    this.#change = null;
    this.#replace([]);
  }

  /** Another tab has written. */
  reload(): void {
    this.#change = null;
    this.#ratings = parseRatings(load(KEY));
    this.#tell();
  }

  #replace(ratings: OwnRating[]): void {
    this.#ratings = ratings;
    save(KEY, JSON.stringify(ratings));
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}

export const ownRatings = new RatingStore();
if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) ownRatings.reload();
  });
}

export const useOwnRatings = (): readonly OwnRating[] => useSyncExternalStore(ownRatings.subscribe, ownRatings.ratings);
export const useLastChange = (): Change | null => useSyncExternalStore(ownRatings.subscribe, ownRatings.lastChange);
export const useOwnStars = (movie_id: number): number | null =>
  useSyncExternalStore(ownRatings.subscribe, () => ownRatings.starsOf(movie_id));
