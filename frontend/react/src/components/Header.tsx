import { Link, PageLink } from './Link';
import { LANGUAGES, useWords, type Language } from '../i18n';
import { setTheme, useTheme } from '../lib/theme';

export function Header() {
  const { t, language, setLanguage } = useWords();
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="top">
      <Link className="brand" to="/explore">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#0b5563" />
          <circle cx="16" cy="13" r="7" fill="#ffb84d" />
          <path d="M3 19q3.2-3 6.5 0t6.5 0 6.5 0 6.5 0v6a4 4 0 0 1-4 4H7a4 4 0 0 1-4-4z" fill="#0fa3b1" />
          <path d="M3 24q3.2-3 6.5 0t6.5 0 6.5 0 6.5 0v1a4 4 0 0 1-4 4H7a4 4 0 0 1-4-4z" fill="#7de2d1" />
        </svg>
        Cinelake
      </Link>
      <nav aria-label={t('app.nav')}>
        <PageLink to="/explore">{t('nav.explore')}</PageLink>
        <PageLink to="/you">{t('nav.you')}</PageLink>
        <PageLink to="/users">{t('nav.user')}</PageLink>
        <PageLink to="/model">{t('nav.model')}</PageLink>
      </nav>
      <div className="switches">
        <select
          aria-label={t('app.language')}
          value={language}
          onChange={(event) => setLanguage(event.target.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        <button type="button" className="icon" aria-label={t(`app.theme.${other}`)} onClick={() => setTheme(other)}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            {theme === 'dark' ? (
              <path d="M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1" />
            ) : (
              <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />
            )}
          </svg>
        </button>
      </div>
    </header>
  );
}
