import { useEffect, useState } from 'react';
import { useWords } from '../i18n';
import { ownRatings, useLastChange } from '../lib/ratings';
import { readable } from '../lib/title';
import { Cross } from './Cross';

const SHOWN = 8000;

/** Ratings count at once; this takes the last one back. It waits while somebody is at it. */
export function UndoNotice() {
  const { t, number } = useWords();
  const change = useLastChange();
  const [held, setHeld] = useState(false);

  useEffect(() => {
    if (!change || held) return;
    const timer = setTimeout(() => ownRatings.forgetChange(), SHOWN);
    return () => clearTimeout(timer);
  }, [change, held]);

  // The button is many stops of the Tab key away from the stars.
  useEffect(() => {
    if (!change) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || isText(event.target)) return;
      event.preventDefault();
      ownRatings.undo();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [change]);

  const title = change ? readable(change.title) : '';
  return (
    <div className="undo" role="status">
      {change && (
        <div
          className="undo-box"
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <span>
            {change.stars === null
              ? t('undo.removed', { title })
              : t('undo.rated', { title, stars: number(change.stars) })}
          </span>
          <button
            type="button"
            aria-keyshortcuts="Control+Z"
            title="Ctrl+Z"
            onClick={() => {
              setHeld(false);
              ownRatings.undo();
            }}
          >
            {t('undo')}
          </button>
          <button
            type="button"
            className="icon"
            aria-label={t('undo.close')}
            onClick={() => {
              setHeld(false);
              ownRatings.forgetChange();
            }}
          >
            <Cross />
          </button>
        </div>
      )}
    </div>
  );
}

/** A field with an undo of its own. */
const isText = (target: EventTarget | null): boolean => target instanceof HTMLInputElement && target.type !== 'range';
