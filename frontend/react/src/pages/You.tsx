import { useSearchParams } from 'react-router';
import { Link } from '../components/Link';
import { useFoldIn, usePopular, useSearch } from '../api/queries';
import { SUGGESTED } from '../api/requests';
import { Cross } from '../components/Cross';
import { FilmCard } from '../components/FilmCard';
import { FilterBar } from '../components/FilterBar';
import { Heading } from '../components/Heading';
import { SearchField } from '../components/SearchField';
import { OwnStars } from '../components/Stars';
import { EmptyState, ErrorState, RailSkeleton, useTitle, WallSkeleton } from '../components/states';
import { useWords } from '../i18n';
import { isFiltered, readFilters, readSearch, writeFilters, writeSearch, type Filters } from '../lib/query-string';
import { ownRatings, useOwnRatings } from '../lib/ratings';
import { readable } from '../lib/title';

const FOUND = 8;
const RECOMMENDED = 48;

export default function You() {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const { q } = readSearch(params);
  const ratings = useOwnRatings();
  useTitle(t('you.title'));
  return (
    <div className="page">
      <Heading>{t('you.title')}</Heading>
      <p className="lead">{t('you.lead')}</p>
      <div className="beside">
        <div>
          <SearchField
            label={t('you.search')}
            value={q}
            change={(text) => setParams((now) => writeSearch(now, { q: text }), { replace: true })}
          />
          {q ? <Found q={q} /> : ratings.length < 5 && <Suggested />}
          <Recommended />
        </div>
        <Rated />
      </div>
    </div>
  );
}

function Found({ q }: { q: string }) {
  const { t } = useWords();
  const found = useSearch({ q, genre: null, year: null, sort: null }, FOUND);
  const films = found.data?.pages[0]?.results ?? [];
  return (
    <section aria-labelledby="found">
      <h2 id="found">{t('you.results')}</h2>
      {found.isPending && <WallSkeleton count={FOUND} />}
      {found.isError && !found.data && <ErrorState error={found.error} retry={() => void found.refetch()} />}
      {found.data && films.length === 0 && <EmptyState title={t('you.search.none')} />}
      <ul className={found.isPlaceholderData ? 'wall small waiting' : 'wall small'}>
        {films.map((film) => (
          <FilmCard key={film.movie_id} film={film} rate />
        ))}
      </ul>
    </section>
  );
}

function Suggested() {
  const { t } = useWords();
  const popular = usePopular(SUGGESTED);
  return (
    <section aria-labelledby="suggested">
      <h2 id="suggested">{t('you.suggest')}</h2>
      {popular.isPending && <RailSkeleton rate />}
      {popular.isError && <ErrorState error={popular.error} retry={() => void popular.refetch()} />}
      {popular.data && (
        <ul className="rail" tabIndex={0} aria-labelledby="suggested">
          {popular.data.results.map((film) => (
            <FilmCard key={film.movie_id} film={film} rate />
          ))}
        </ul>
      )}
    </section>
  );
}

function Rated() {
  const { t, count } = useWords();
  const ratings = useOwnRatings();
  const clear = (): void => {
    if (confirm(t('you.clear.sure'))) ownRatings.clear();
  };
  return (
    <aside className="history" aria-labelledby="rated">
      <h2 id="rated">{t('you.rated')}</h2>
      {ratings.length === 0 ? (
        <EmptyState title={t('you.empty.title')} text={t('you.empty.text')} />
      ) : (
        <>
          <p className="facts">
            <span>{count('you.rated.count', ratings.length)}</span>
            <button type="button" className="quiet" onClick={clear}>
              {t('you.clear')}
            </button>
          </p>
          <ul>
            {ratings.map(({ movie_id, title }) => (
              <li key={movie_id} className="own">
                <Link to={`/films/${movie_id}`}>{readable(title)}</Link>
                <OwnStars movie_id={movie_id} title={title} />
                <button
                  type="button"
                  className="icon"
                  aria-label={t('stars.remove', { title: readable(title) })}
                  onClick={() => ownRatings.rate(movie_id, title, null)}
                >
                  <Cross />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}

function Recommended() {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  const ratings = useOwnRatings();
  const found = useFoldIn(ratings, filters, RECOMMENDED);
  const rated = new Set(ratings.map(({ movie_id }) => movie_id));
  // A film rated this moment leaves the wall before the answer without it is here.
  const results = (found.data?.results ?? []).filter(({ movie_id }) => !rated.has(movie_id));
  if (ratings.length === 0) return null;
  return (
    <section aria-labelledby="recommended">
      <h2 id="recommended">{t('you.recommended')}</h2>
      <FilterBar filters={filters} change={(next: Filters) => setParams((now) => writeFilters(now, next))} />
      {found.data?.strategy === 'popular' && <p className="hint">{t('you.popular')}</p>}
      {found.isPending && <WallSkeleton because />}
      {found.isError && <ErrorState error={found.error} retry={() => void found.refetch()} />}
      {found.isSuccess && results.length === 0 && (
        <EmptyState title={t('user.empty.title')} text={isFiltered(filters) ? t('user.empty.text') : undefined} />
      )}
      <ul
        className={found.isPlaceholderData ? 'wall explained waiting' : 'wall explained'}
        aria-busy={found.isFetching}
      >
        {results.map((result) => (
          <FilmCard
            key={result.movie_id}
            film={result}
            because={{ key: 'because', films: result.because ?? [] }}
            rate
          />
        ))}
      </ul>
    </section>
  );
}
