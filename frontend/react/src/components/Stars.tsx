import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n';
import { ownRatings, useOwnStars } from '../lib/ratings';
import { readable } from '../lib/title';

const STAR = 'M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.5l-5.9 3.1 1.2-6.5L2.5 9.5l6.6-.9z';
/** How long the hand may rest between two steps of the keyboard before the rating counts. */
const PAUSE = 300;

/** Stars to look at. */
export function StarRow({ stars }: { stars: number }) {
  return (
    <svg className="star-row" viewBox="0 0 120 24" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((i) => {
        const full = Math.min(1, Math.max(0, stars - i));
        return (
          <g key={i} transform={`translate(${i * 24} 0)`}>
            <path className="star-empty" d={STAR} />
            {full > 0 && <path className={full < 1 ? 'star-full half' : 'star-full'} d={STAR} />}
          </g>
        );
      })}
    </svg>
  );
}

/** The visitor's own stars. A slider beneath the stars: arrow keys, touch and screen readers come with it. */
export function OwnStars({ movie_id, title }: { movie_id: number; title: string }) {
  const { t, number } = useWords();
  const kept = useOwnStars(movie_id) ?? 0;
  const [draft, setDraft] = useState<number | null>(null);
  const pressed = useRef(false);
  const shown = draft ?? kept;

  const commit = (stars: number | null): void => {
    if (stars !== null) ownRatings.rate(movie_id, title, stars || null);
    setDraft(null);
  };

  useEffect(() => {
    if (draft === null || pressed.current) return;
    const timer = setTimeout(() => {
      ownRatings.rate(movie_id, title, draft || null);
      setDraft(null);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [draft, movie_id, title]);

  return (
    <span className="own-stars">
      <StarRow stars={shown} />
      <input
        type="range"
        min="0"
        max="5"
        step="0.5"
        value={shown}
        aria-label={t('stars.label', { title: readable(title) })}
        aria-valuetext={shown ? t('stars.value', { stars: number(shown) }) : t('stars.none')}
        onChange={(event) => setDraft(Number(event.target.value))}
        onPointerDown={() => {
          pressed.current = true;
        }}
        onPointerUp={() => {
          pressed.current = false;
          commit(draft);
        }}
        onPointerCancel={() => {
          pressed.current = false;
          setDraft(null);
        }}
        onBlur={() => commit(draft)}
      />
    </span>
  );
}
