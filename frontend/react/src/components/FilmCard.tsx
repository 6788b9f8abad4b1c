import { Link } from './Link';
import type { Because, Film } from '../api/client';
import { useWords } from '../i18n';
import { readable, short } from '../lib/title';
import { Cover } from './Cover';
import { OwnStars } from './Stars';

interface Props {
  film: Pick<Film, 'movie_id' | 'title'> & Partial<Pick<Film, 'year' | 'genres'>>;
  /** Above the cover's corner: a place in a list, a likeness. */
  badge?: string;
  because?: { key: 'because' | 'because.user'; films: readonly Because[] };
  rate?: boolean;
}

export function FilmCard({ film, badge, because, rate }: Props) {
  const { t, genre, list } = useWords();
  const title = readable(film.title);
  const genres = film.genres ?? [];
  const facts = [film.year, genres.slice(0, 2).map(genre).join(', ')];
  return (
    <li className="card">
      <Link to={`/films/${film.movie_id}`} className="card-link">
        <Cover title={film.title} year={film.year} genres={genres} />
        {badge && <span className="badge">{badge}</span>}
        <span className="caption">
          <span className="card-title">{title}</span>
          <span className="card-meta">{facts.filter(Boolean).join(' · ')}</span>
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
