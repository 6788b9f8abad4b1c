import { useEffect, useState } from 'react';
import { useGenres } from '../api/queries';
import { useWords } from '../i18n';
import { GENRES } from '../lib/cover-palette';
import { isFiltered, yearOf, type Filters } from '../lib/query-string';

interface Explain {
  on: boolean;
  change: (on: boolean) => void;
}

interface Props {
  filters: Filters;
  change: (filters: Filters) => void;
  explain?: Explain;
}

export function FilterBar({ filters, change, explain }: Props) {
  const { t, genre } = useWords();
  const { data, isPending } = useGenres();
  const toggle = (name: string): void =>
    change({
      ...filters,
      genres: filters.genres.includes(name)
        ? filters.genres.filter((other) => other !== name)
        : [...filters.genres, name],
    });
  return (
    <section className="filters" aria-label={t('filter.title')}>
      <div className="chips" role="group" aria-label={t('filter.genres')}>
        {isPending && <ChipSkeletons />}
        {data?.results.map(({ name }) => (
          <button
            key={name}
            type="button"
            className="chip"
            aria-pressed={filters.genres.includes(name)}
            onClick={() => toggle(name)}
          >
            {genre(name)}
          </button>
        ))}
      </div>
      <div className="filter-row">
        <YearField
          label={t('filter.from')}
          year={filters.minYear}
          change={(minYear) => change({ ...filters, minYear })}
        />
        <YearField
          label={t('filter.to')}
          year={filters.maxYear}
          change={(maxYear) => change({ ...filters, maxYear })}
        />
        {explain && <ExplainBox {...explain} />}
        <button
          type="button"
          className="quiet"
          disabled={!isFiltered(filters)}
          onClick={() => change({ genres: [], minYear: null, maxYear: null })}
        >
          {t('filter.clear')}
        </button>
      </div>
    </section>
  );
}

/** The address follows at leisure, with the list; the box changes at once. */
function ExplainBox({ on, change }: Explain) {
  const { t } = useWords();
  const [checked, setChecked] = useState(on);
  useEffect(() => setChecked(on), [on]);
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => {
          setChecked(event.target.checked);
          change(event.target.checked);
        }}
      />
      {t('filter.explain')}
    </label>
  );
}

/** Places for the genres of MovieLens, so that nothing moves when they come. */
export function ChipSkeletons({ extra = '' }: { extra?: string }) {
  const { genre } = useWords();
  return GENRES.map((name) => (
    <span key={name} className="chip skeleton" aria-hidden="true">
      <span>
        {genre(name)} {extra && <span className="chip-count">{extra}</span>}
      </span>
    </span>
  ));
}

/** A year that counts once it is whole; half a year changes nothing. */
export function YearField({
  label,
  year,
  change,
}: {
  label: string;
  year: number | null;
  change: (year: number | null) => void;
}) {
  const [text, setText] = useState(year?.toString() ?? '');
  useEffect(() => setText(year?.toString() ?? ''), [year]);
  const sound = text === '' || yearOf(text) !== null;
  return (
    <label className="field year">
      {label}
      <input
        inputMode="numeric"
        size={5}
        maxLength={4}
        value={text}
        aria-invalid={!sound && text.length === 4}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          if (next === '' || yearOf(next) !== null) change(yearOf(next));
        }}
        onBlur={() => setText(sound ? text : (year?.toString() ?? ''))}
      />
    </label>
  );
}
