import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n';
import { useRested } from '../lib/hooks';
import { Cross } from './Cross';

const REST = 250;

/** Search as you type: `change` hears of the text when the hand rests. */
export function SearchField({
  label,
  value,
  change,
}: {
  label: string;
  value: string;
  change: (text: string) => void;
}) {
  const { t } = useWords();
  const [text, setText] = useState(value);
  const rested = useRested(text, REST).trim();
  const told = useRef(value);
  const latest = useRef(change);
  useEffect(() => {
    latest.current = change;
  });
  useEffect(() => {
    if (rested === told.current) return;
    told.current = rested;
    latest.current(rested);
  }, [rested]);
  // The address changed by itself: a link, or going back.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  return (
    <div className="search" role="search">
      <label className="field wide">
        {label}
        <input
          type="search"
          maxLength={100}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {text && (
        <button
          type="button"
          className="icon clear"
          aria-label={t('explore.clear')}
          onClick={(event) => {
            setText('');
            event.currentTarget.parentElement?.querySelector('input')?.focus();
          }}
        >
          <Cross />
        </button>
      )}
    </div>
  );
}
