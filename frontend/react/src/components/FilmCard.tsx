import { Link } from './Link';
import type { Because, Film } from '../api/client';
import { useWords } from '../i18n';
import { readable, short } from '../lib/title';
import { Cover } from './Cover';
import { OwnStars } from './Stars';

/** What is known of a film on a list: perhaps only its title, until the rest is looked up. */
export type Listed = Pick<Film, 'movie_id' | 'title'> & Partial<Film>;

interface Props {
  film: Listed;
  /** Above the cover's corner: a place in a list, a likeness. */
  badge?: string;
  because?: { key: 'because' | 'because.user'; films: readonly Because[] };
  rate?: boolean;
}

export function FilmCard({ film, badge, because, rate }: Props) {
  const { t, genre, list } = useWords();
  const title = readable(film.title);
  const genres = film.genres?.slice(0, 2).map(genre).join(', ') ?? '';
  const known = film.genres !== undefined;
  return (
    <li className="card">
      <Link to={`/films/${film.movie_id}`} className="card-link">
        {known ? (
          <Cover title={film.title} year={film.year} genres={film.genres ?? []} />
        ) : (
          <span className="skeleton cover" />
        )}
        {badge && <span className="badge">{badge}</span>}
        <span className="caption">
          <span className="card-title">{title}</span>
          <span className="card-meta">{[film.year, genres].filter(Boolean).join(' · ')}</span>
        </span>
      </Link>
      {rate && <OwnStars movie_id={film.movie_id} title={film.title} />}
      {because && (
        <p className="because">
          {because.films.length > 0 &&
            t(because.key, { titles: list(because.films.slice(0, 2).map((liked) => short(liked.title))) })}
        </p>
      )}
    </li>
  );
}
