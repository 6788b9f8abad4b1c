import { useState, type FormEvent } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { Failure } from '../api/client';
import { randomUser, usePopular, useRecommendations } from '../api/queries';
import { PAGE } from '../api/requests';
import { FilmCard } from '../components/FilmCard';
import { FilterBar } from '../components/FilterBar';
import { Heading } from '../components/Heading';
import { History } from '../components/History';
import { EmptyState, ErrorState, useTitle, WallSkeleton } from '../components/states';
import { useWords } from '../i18n';
import type { Key } from '../i18n/en';
import { idOf, readFilters, withParam, writeFilters, type Filters } from '../lib/query-string';

export default function User() {
  const { t } = useWords();
  const { user } = useParams();
  const id = idOf(user);
  const title = id === null ? t('user.title') : t('user.of', { user: id });
  useTitle(title);
  return (
    <div className="page">
      <Heading>{title}</Heading>
      <p className="lead">{t('user.lead')}</p>
      <UserForm key={user} shown={user ?? ''} bad={user !== undefined && id === null} />
      {id === null ? <Start /> : <ForUser key={`list ${id}`} id={id} />}
    </div>
  );
}

function UserForm({ shown, bad }: { shown: string; bad: boolean }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [text, setText] = useState(shown);
  const [wrong, setWrong] = useState(bad);
  const [failure, setFailure] = useState<unknown>(null);
  const [drawing, setDrawing] = useState(false);

  const show = (event: FormEvent): void => {
    event.preventDefault();
    const id = idOf(text);
    setWrong(id === null);
    if (id !== null) void navigate(`/users/${id}`);
  };
  const draw = async (): Promise<void> => {
    setDrawing(true);
    setFailure(null);
    try {
      await navigate(`/users/${await randomUser()}`);
    } catch (reason) {
      setFailure(reason);
    } finally {
      setDrawing(false);
    }
  };
  return (
    <>
      <form className="filter-row" onSubmit={show} noValidate>
        <label className="field">
          {t('user.number')}
          <input
            inputMode="numeric"
            size={10}
            maxLength={16}
            value={text}
            aria-invalid={wrong}
            aria-describedby={wrong ? 'user-wrong' : undefined}
            onChange={(event) => {
              setText(event.target.value);
              setWrong(false);
            }}
          />
        </label>
        <button type="submit" className="main">
          {t('user.show')}
        </button>
        <button type="button" disabled={drawing} onClick={() => void draw()}>
          {t('user.random')}
        </button>
      </form>
      {wrong && (
        <p id="user-wrong" className="wrong" role="alert">
          {t('user.bad')}
        </p>
      )}
      {failure !== null && <ErrorState error={failure} retry={() => void draw()} />}
    </>
  );
}

function Start() {
  const { t } = useWords();
  const popular = usePopular(PAGE);
  return (
    <>
      <p>{t('user.start')}</p>
      {popular.isPending && <WallSkeleton />}
      {popular.isError && <ErrorState error={popular.error} retry={() => void popular.refetch()} />}
      {popular.data && (
        <ul className="wall">
          {popular.data.results.map((film) => (
            <FilmCard key={film.movie_id} film={film} />
          ))}
        </ul>
      )}
    </>
  );
}

function ForUser({ id }: { id: number }) {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  const explain = params.get('why') !== '0';
  const recommendations = useRecommendations(id, filters, explain);
  const unknown = recommendations.error instanceof Failure && recommendations.error.status === 404;

  if (unknown) return <EmptyState title={t('user.unknown.title', { user: id })} text={t('user.unknown.text')} />;
  return (
    <div className="beside">
      <div>
        <FilterBar
          filters={filters}
          change={(next: Filters) => setParams((now) => writeFilters(now, next))}
          explain={{
            on: explain,
            change: (on) => setParams((now) => withParam(now, 'why', on ? null : '0')),
          }}
        />
        <Recommended found={recommendations} explain={explain} />
      </div>
      <History user_id={id} />
    </div>
  );
}

type Found = ReturnType<typeof useRecommendations>;

function Recommended({ found, explain }: { found: Found; explain: boolean }) {
  const { t } = useWords();
  const results = found.data?.pages.flatMap((page) => page.results) ?? [];
  const last = found.data?.pages.at(-1);
  return (
    <section aria-labelledby="recommended">
      <h2 id="recommended">{t('user.recommended')}</h2>
      <p className="facts">
        {last && (
          <>
            <span>{t(strategyKey(last.strategy))}</span>
            <span>{t('user.version', { version: last.model_version })}</span>
            {last.variant && <span>{t('user.variant', { variant: last.variant })}</span>}
            {last.stale && <span>{t('user.stale')}</span>}
          </>
        )}
      </p>
      {found.isPending && <WallSkeleton because={explain} />}
      {found.isError && !found.data && <ErrorState error={found.error} retry={() => void found.refetch()} />}
      {last && results.length === 0 && <EmptyState title={t('user.empty.title')} text={t('user.empty.text')} />}
      <ul className={wallClass(explain, found.isPlaceholderData)} aria-busy={found.isFetching}>
        {results.map((result, i) => (
          <FilmCard
            key={result.movie_id}
            film={result}
            badge={String(i + 1)}
            because={explain ? { key: 'because.user', films: result.because ?? [] } : undefined}
          />
        ))}
      </ul>
      {found.isFetchNextPageError && <ErrorState error={found.error} retry={() => void found.fetchNextPage()} />}
      {found.hasNextPage && !found.isFetchNextPageError && results.length > 0 && (
        <div className="wall-end">
          <button type="button" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {found.isFetchingNextPage ? t('app.loading') : t('explore.more')}
          </button>
        </div>
      )}
    </section>
  );
}

const wallClass = (explain: boolean, waiting: boolean): string =>
  ['wall', explain && 'explained', waiting && 'waiting'].filter(Boolean).join(' ');

function strategyKey(strategy: string): Key {
  if (strategy === 'fold_in' || strategy === 'popular') return `user.strategy.${strategy}`;
  return 'user.strategy.als';
}
