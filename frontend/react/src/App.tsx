import { Component, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation, useNavigationType } from 'react-router';
import { ADDRESS, get } from './api/client';
import { DownNotice } from './components/DownNotice';
import { Header } from './components/Header';
import { Heading } from './components/Heading';
import { Missing, PageSkeleton } from './components/states';
import { UndoNotice } from './components/UndoNotice';
import { useWords } from './i18n';
import { useDown } from './lib/connection';
import { Explore, Film, Model, User, You } from './pages';

export function App() {
  const { t } = useWords();
  const { pathname } = useLocation();
  const kind = useNavigationType();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  // A new page starts at its top, and its reader too; going back stays where it was.
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    if (kind !== 'PUSH') return;
    scrollTo(0, 0);
    // The heading takes the focus from `main` should it come later.
    (main.current?.querySelector<HTMLElement>('h1[tabindex]') ?? main.current)?.focus({ preventScroll: true });
  }, [pathname, kind]);

  return (
    <>
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <Header />
      <DownNotice />
      <main id="main" ref={main} tabIndex={-1}>
        <PageGuard key={pathname}>
          <Suspense fallback={<PageSkeleton />}>
            <Routes>
              <Route path="/" element={<Navigate to="/explore" replace />} />
              <Route path="/explore" element={<Explore />} />
              <Route path="/you" element={<You />} />
              <Route path="/users" element={<User />} />
              <Route path="/users/:user" element={<User />} />
              <Route path="/films/:film" element={<Film />} />
              <Route path="/model" element={<Model />} />
              <Route path="*" element={<Missing />} />
            </Routes>
          </Suspense>
        </PageGuard>
      </main>
      <footer className="foot">
        <p>{t('app.footer')}</p>
        <a href={`${ADDRESS}/docs`}>{t('app.docs')}</a>
      </footer>
      <UndoNotice />
    </>
  );
}

/** A page that cannot be loaded, as after a new release took its file away, says so instead of a blank window. */
class PageGuard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <PageFailed /> : this.props.children;
  }
}

function PageFailed() {
  const { t } = useWords();
  const down = useDown();
  const wasDown = useRef(false);
  // Perhaps nothing answers: then the notice says so, and the page is loaded anew when that is over.
  useEffect(() => void get('/health', {}).catch(() => undefined), []);
  useEffect(() => {
    if (wasDown.current && !down) location.reload();
    wasDown.current = down;
  }, [down]);
  return (
    <div className="notice-box" role="alert">
      <Heading>{t('error.title')}</Heading>
      <p>{t(down ? 'error.down' : 'error.page')}</p>
      <button type="button" onClick={() => location.reload()}>
        {t('error.reload')}
      </button>
    </div>
  );
}
