import { useSearchParams } from 'react-router';
import { useGenres, useSearch } from '../api/queries';
import { FilmCard } from '../components/FilmCard';
import { ChipSkeletons, YearField } from '../components/FilterBar';
import { Heading } from '../components/Heading';
import { SearchField } from '../components/SearchField';
import { EmptyState, ErrorState, useTitle, WallSkeleton } from '../components/states';
import { useWords } from '../i18n';
import { useNear } from '../lib/hooks';
import { readSearch, SORTS, writeSearch, type Search } from '../lib/query-string';

export default function Explore() {
  const words = useWords();
  const { t } = words;
  const [params, setParams] = useSearchParams();
  const search = readSearch(params);
  const change = (part: Partial<Search>, replace = false): void =>
    setParams((now) => writeSearch(now, part), { replace, preventScrollReset: true });
  const genre = search.genre ? words.genre(search.genre) : null;
  const title = search.q ? t('explore.found') : genre ? t('explore.popular.genre', { genre }) : t('explore.popular');
  useTitle(search.q ? `${search.q} · ${t('explore.title')}` : (genre ?? t('explore.title')));

  return (
    <div className="page">
      <Heading>{t('explore.title')}</Heading>
      <p className="lead">{t('explore.lead')}</p>
      <GenreChips chosen={search.genre} change={(next) => change({ genre: next })} />
      <div className="filter-row">
        <SearchField label={t('explore.search')} value={search.q} change={(q) => change({ q }, search.q !== '')} />
        <YearField label={t('explore.year')} year={search.year} change={(year) => change({ year })} />
        <label className="field">
          {t('explore.sort')}
          <select
            value={search.sort ?? (search.q ? 'relevance' : 'popular')}
            onChange={(event) => change({ sort: event.target.value as Search['sort'] })}
          >
            {SORTS.filter((sort) => sort !== 'relevance' || search.q).map((sort) => (
              <option key={sort} value={sort}>
                {t(`sort.${sort}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <h2>{title}</h2>
      <Results search={search} clear={() => setParams({})} />
    </div>
  );
}

function GenreChips({ chosen, change }: { chosen: string | null; change: (genre: string | null) => void }) {
  const { t, genre, number } = useWords();
  const { data, isPending } = useGenres();
  return (
    <div className="chips" role="group" aria-label={t('filter.genres')}>
      <button type="button" className="chip" aria-pressed={chosen === null} onClick={() => change(null)}>
        {t('explore.all')}
      </button>
      {isPending && <ChipSkeletons extra="999" />}
      {data?.results.map(({ name, movies }) => (
        <button key={name} type="button" className="chip" aria-pressed={chosen === name} onClick={() => change(name)}>
          {genre(name)} <span className="chip-count">{number(movies)}</span>
        </button>
      ))}
    </div>
  );
}

function Results({ search, clear }: { search: Search; clear: () => void }) {
  const { t } = useWords();
  const found = useSearch(search);
  const more = (): void => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
  };
  const end = useNear(found.hasNextPage && !found.isFetchingNextPage && !found.isFetchNextPageError, more);
  if (found.isPending) return <WallSkeleton />;
  if (found.isError && !found.data) return <ErrorState error={found.error} retry={() => void found.refetch()} />;
  const films = found.data.pages.flatMap((page) => page.results);
  if (films.length === 0) {
    return (
      <EmptyState title={t('explore.none.title')} text={t('explore.none.text')}>
        <button type="button" onClick={clear}>
          {t('explore.clear')}
        </button>
      </EmptyState>
    );
  }
  return (
    <>
      <ul className={found.isPlaceholderData ? 'wall waiting' : 'wall'} aria-busy={found.isFetching}>
        {films.map((film) => (
          <FilmCard key={film.movie_id} film={film} />
        ))}
      </ul>
      <div ref={end} className="wall-end">
        {found.isFetchNextPageError ? (
          <ErrorState error={found.error} retry={() => void found.fetchNextPage()} />
        ) : found.hasNextPage ? (
          <button type="button" disabled={found.isFetchingNextPage} onClick={more}>
            {found.isFetchingNextPage ? t('app.loading') : t('explore.more')}
          </button>
        ) : (
          <p>{t('explore.end')}</p>
        )}
      </div>
    </>
  );
}
