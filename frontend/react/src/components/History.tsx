import type { RatedMovie } from '../api/client';
import { useHistory } from '../api/queries';
import { useWords } from '../i18n';
import { readable } from '../lib/title';
import { Cover } from './Cover';
import { Link } from './Link';
import { StarRow } from './Stars';
import { ErrorState, LineSkeleton } from './states';

/** What a user rated, newest first. */
export function History({ user_id }: { user_id: number }) {
  const { t, count } = useWords();
  const history = useHistory(user_id);
  const rated = history.data?.pages.flatMap((page) => page.results) ?? [];
  const total = history.data?.pages[0]?.total;
  return (
    <aside className="history" aria-labelledby="history">
      <h2 id="history">{t('user.history')}</h2>
      <p className="facts">{total !== undefined && <span>{count('user.history.count', total)}</span>}</p>
      {history.isPending && <LineSkeleton lines={12} />}
      {history.isError && !history.data && <ErrorState error={history.error} retry={() => void history.refetch()} />}
      {total === 0 && <p>{t('user.history.none')}</p>}
      <ul>
        {rated.map((movie) => (
          <RatedRow key={movie.movie_id} movie={movie} />
        ))}
      </ul>
      {history.hasNextPage && (
        <button type="button" disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {history.isFetchingNextPage ? t('app.loading') : t('user.more')}
        </button>
      )}
    </aside>
  );
}

function RatedRow({ movie }: { movie: RatedMovie }) {
  const { t, number, date } = useWords();
  const title = movie.title ? readable(movie.title) : `#${movie.movie_id}`;
  return (
    <li className="rated">
      <Cover title={movie.title ?? ''} year={movie.year} genres={movie.genres ?? []} />
      <span>
        {movie.title ? <Link to={`/films/${movie.movie_id}`}>{title}</Link> : title}
        <span className="rated-facts">
          <span role="img" aria-label={t('stars.value', { stars: number(movie.rating) })}>
            <StarRow stars={movie.rating} />
          </span>
          {date(movie.rated_at)}
        </span>
      </span>
    </li>
  );
}
