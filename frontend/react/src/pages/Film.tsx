import type { FormEvent } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { Link } from '../components/Link';
import { Failure, type Film as FilmData } from '../api/client';
import { useFilm, useFoldIn, useScore, useSimilar } from '../api/queries';
import { Cover } from '../components/Cover';
import { FilmCard } from '../components/FilmCard';
import { Heading } from '../components/Heading';
import { OwnStars } from '../components/Stars';
import { EmptyState, ErrorState, ErrorText, LineSkeleton, Missing, RailSkeleton, useTitle } from '../components/states';
import { useWords } from '../i18n';
import { idOf, withParam, type Filters } from '../lib/query-string';
import { useOwnRatings } from '../lib/ratings';
import { readable, short } from '../lib/title';
import './film.css';

const NO_FILTERS: Filters = { genres: [], minYear: null, maxYear: null };

export default function Film() {
  const { film } = useParams();
  const id = idOf(film);
  return id === null ? <Missing /> : <Known key={id} id={id} />;
}

function Known({ id }: { id: number }) {
  const { t } = useWords();
  const film = useFilm(id);
  useTitle(film.data ? readable(film.data.title) : t('film.page'));
  if (film.data) return <Details film={film.data} />;
  if (film.isPending) return <FilmSkeleton />;
  const unknown = film.error instanceof Failure && film.error.status === 404;
  return (
    <div className="page">
      <Heading>{t('film.page')}</Heading>
      {unknown ? (
        <EmptyState title={t('film.unknown.title')} text={t('missing.text')}>
          <Link className="button" to="/explore">
            {t('missing.home')}
          </Link>
        </EmptyState>
      ) : (
        <ErrorState error={film.error} retry={() => void film.refetch()} />
      )}
    </div>
  );
}

function FilmSkeleton() {
  const { t } = useWords();
  return (
    <div className="page film">
      <h1 className="unseen">{t('film.page')}</h1>
      <span className="skeleton cover" />
      <div>
        <span className="skeleton heading" />
        <LineSkeleton lines={8} />
      </div>
    </div>
  );
}

function Details({ film }: { film: FilmData }) {
  const { t, count, genre } = useWords();
  const title = readable(film.title);
  return (
    <div className="page film">
      <Cover title={film.title} year={film.year} genres={film.genres} name={t('film.cover', { title })} />
      <div className="film-text">
        <Heading>{title}</Heading>
        <p className="facts">
          {film.year ? (
            <Link to={`/explore?year=${film.year}`}>{film.year}</Link>
          ) : (
            <span>{t('film.year.unknown')}</span>
          )}
          <span>{count('film.ratings', film.ratings)}</span>
          <Elsewhere film={film} />
        </p>
        <p className="chips">
          {film.genres.map((name) => (
            <Link key={name} className="chip" to={`/explore?genre=${encodeURIComponent(name)}`}>
              {genre(name)}
            </Link>
          ))}
        </p>
        <div className="your">
          <h2>{t('film.your')}</h2>
          <OwnStars movie_id={film.movie_id} title={film.title} />
        </div>
        <Who film={film} />
      </div>
      <Similar film={film} />
    </div>
  );
}

function Elsewhere({ film }: { film: FilmData }) {
  return (
    <>
      {film.imdb_id && (
        <a href={`https://www.imdb.com/title/tt${film.imdb_id}/`} rel="noreferrer">
          IMDb
        </a>
      )}
      {film.tmdb_id && (
        <a href={`https://www.themoviedb.org/movie/${film.tmdb_id}`} rel="noreferrer">
          TMDB
        </a>
      )}
    </>
  );
}

function Who({ film }: { film: FilmData }) {
  const { t, list, genre } = useWords();
  const similar = useSimilar(film.movie_id).data?.results.slice(0, 3) ?? [];
  return (
    <section className="who" aria-labelledby="who">
      <h2 id="who">{t('film.who')}</h2>
      {film.genres.length > 0 && (
        <p>{t('film.who.genres', { genres: list(film.genres.map((name) => genre(name).toLocaleLowerCase())) })}</p>
      )}
      <p className="who-line">
        {similar.length > 0 && t('film.who.like', { titles: list(similar.map(({ title }) => short(title))) })}
      </p>
      <div className="who-two">
        <ForYou film={film} />
        <ForUser film={film} />
      </div>
    </section>
  );
}

function ForYou({ film }: { film: FilmData }) {
  const { t, number, list } = useWords();
  const ratings = useOwnRatings();
  const found = useFoldIn(ratings, NO_FILTERS, 100);
  const rated = ratings.some(({ movie_id }) => movie_id === film.movie_id);
  const place = found.data?.results.findIndex(({ movie_id }) => movie_id === film.movie_id) ?? -1;
  const because = found.data?.results[place]?.because ?? [];
  const text = (): string => {
    if (ratings.length === 0) return t('film.who.you.none');
    if (rated) return t('film.who.you.rated');
    if (found.isPending) return t('app.loading');
    return place < 0 ? t('film.who.you.far') : t('film.who.you.rank', { rank: number(place + 1) });
  };
  return (
    <div className="panel">
      <h3>{t('film.who.you')}</h3>
      {found.isError ? <ErrorText error={found.error} /> : <p>{text()}</p>}
      {because.length > 0 && <p>{t('because', { titles: list(because.map(({ title }) => short(title))) })}</p>}
      <Link to="/you">{t('film.who.you.link')}</Link>
    </div>
  );
}

function ForUser({ film }: { film: FilmData }) {
  const { t, number, fixed, list } = useWords();
  const [params, setParams] = useSearchParams();
  const user = idOf(params.get('user'));
  const score = useScore(user, film.movie_id);
  const check = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget).get('user');
    setParams((now) => withParam(now, 'user', idOf(typeof asked === 'string' ? asked : null)));
  };
  const unknown = score.error instanceof Failure && score.error.status === 404;
  // That they liked this film says nothing new.
  const because = score.data?.because.filter(({ movie_id }) => movie_id !== film.movie_id) ?? [];
  return (
    <div className="panel">
      <h3>{t('film.who.user')}</h3>
      <form className="filter-row" onSubmit={check}>
        <label className="field">
          {t('user.number')}
          <input key={user} name="user" inputMode="numeric" size={8} maxLength={16} defaultValue={user ?? ''} />
        </label>
        <button type="submit">{t('film.who.user.check')}</button>
      </form>
      <div role="status" className={user === null ? 'score' : 'score asked'}>
        {user !== null && score.isFetching && !score.data && <p>{t('app.loading')}</p>}
        {user !== null && unknown && <p>{t('film.who.user.unknown', { user })}</p>}
        {user !== null && score.isError && !unknown && <ErrorText error={score.error} />}
        {user !== null && score.data && (
          <>
            {score.data.rating !== undefined && (
              <p>{t('film.who.user.rated', { user, stars: number(score.data.rating) })}</p>
            )}
            <p>{t('film.who.user.score', { user, score: fixed(score.data.score, 2) })}</p>
            {because.length > 0 && (
              <p>{t('because.user', { titles: list(because.map(({ title }) => short(title))) })}</p>
            )}
            <Link to={`/users/${user}`}>{t('user.of', { user })}</Link>
          </>
        )}
      </div>
    </div>
  );
}

function Similar({ film }: { film: FilmData }) {
  const { t, percent } = useWords();
  const similar = useSimilar(film.movie_id);
  return (
    <section className="similar" aria-labelledby="similar">
      <h2 id="similar">{t('film.similar')}</h2>
      {similar.isError && <ErrorState error={similar.error} retry={() => void similar.refetch()} />}
      {similar.data?.results.length === 0 && <EmptyState title={t('film.similar.none')} />}
      {similar.isPending && <RailSkeleton />}
      {similar.data && similar.data.results.length > 0 && (
        <ul className="rail" tabIndex={0} aria-labelledby="similar">
          {similar.data.results.map((other) => (
            <FilmCard key={other.movie_id} film={other} badge={percent(Math.round(other.score * 100) / 100)} />
          ))}
        </ul>
      )}
    </section>
  );
}
