import { useSyncExternalStore } from 'react';
import { Link, PageLink } from './Link';
import { useWords } from '../i18n';
import { LANGUAGES, type Language } from '../i18n/language';
import { currentTheme, onTheme, setTheme } from '../lib/theme';

export function Header() {
  const { t, language, setLanguage } = useWords();
  const theme = useSyncExternalStore(onTheme, currentTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="top">
      <Link className="brand" to="/explore">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="30" height="30" />
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
              <>
                <circle cx="12" cy="12" r="5" />
                <path d="M12 1v3M12 20v3M1 12h3M20 12h3" />
                <path d="M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1" />
              </>
            ) : (
              <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />
            )}
          </svg>
        </button>
      </div>
    </header>
  );
}
