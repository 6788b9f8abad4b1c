import { useEffect, type ReactNode } from 'react';
import { Heading } from './Heading';
import { Link } from './Link';
import { Failure } from '../api/client';
import { useWords } from '../i18n';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Cinelake`;
  }, [title]);
}

const wantsToken = (error: unknown): boolean => error instanceof Failure && error.status === 401;

/** What went wrong, in the words of the API where it answered. */
export function ErrorText({ error }: { error: unknown }) {
  const { t } = useWords();
  if (wantsToken(error)) return <p>{t('error.token')}</p>;
  return <p>{error instanceof Failure && error.status > 0 && error.message ? error.message : t('error.down')}</p>;
}

/** What went wrong, and a way to try again. */
export function ErrorState({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useWords();
  return (
    <div className="notice-box" role="alert">
      <h2>{t(wantsToken(error) ? 'error.token.title' : 'error.title')}</h2>
      <ErrorText error={error} />
      <button type="button" onClick={retry}>
        {t('error.retry')}
      </button>
    </div>
  );
}

export function EmptyState({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="notice-box" role="status">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

export function Missing() {
  const { t } = useWords();
  useTitle(t('missing.title'));
  return (
    <div className="page">
      <Heading>{t('missing.title')}</Heading>
      <p className="lead">{t('missing.text')}</p>
      <Link className="button" to="/explore">
        {t('missing.home')}
      </Link>
    </div>
  );
}

export function WallSkeleton({ count = 24, because = false }: { count?: number; because?: boolean }) {
  const { t } = useWords();
  return (
    <div role="status" aria-label={t('app.loading')}>
      <ul className={because ? 'wall explained' : 'wall'} aria-hidden="true">
        {Array.from({ length: count }, (_, i) => (
          <li key={i} className="card">
            <span className="skeleton cover" />
            <span className="caption">
              <span className="skeleton line" />
              <span className="skeleton line short" />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function RailSkeleton({ count = 12, rate = false }: { count?: number; rate?: boolean }) {
  const { t } = useWords();
  return (
    <div className="rail" role="status" aria-label={t('app.loading')}>
      {Array.from({ length: count }, (_, i) => (
        <span key={i} className="card" aria-hidden="true">
          <span className="skeleton cover" />
          <span className="caption" />
          {rate && <span className="own-stars" />}
        </span>
      ))}
    </div>
  );
}

export function LineSkeleton({ lines = 3 }: { lines?: number }) {
  const { t } = useWords();
  return (
    <div role="status" aria-label={t('app.loading')} className="lines">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton line" />
      ))}
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div className="page">
      <span className="skeleton heading" />
      <WallSkeleton />
    </div>
  );
}
