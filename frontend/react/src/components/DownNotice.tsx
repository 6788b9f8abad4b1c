import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get } from '../api/client';
import { useWords } from '../i18n';
import { useDown } from '../lib/connection';

const EVERY = 3000;

/** Says that the API does not answer, asks it now and then, and has what failed loaded when it is back. */
export function DownNotice() {
  const { t } = useWords();
  const down = useDown();
  const client = useQueryClient();

  useEffect(() => {
    if (!down) return;
    const ask = (): void => void get('/health', {}).catch(() => undefined);
    const timer = setInterval(ask, EVERY);
    addEventListener('online', ask);
    return () => {
      clearInterval(timer);
      removeEventListener('online', ask);
      void client.refetchQueries({ type: 'active', predicate: (query) => query.state.status === 'error' || query.isStale() });
    };
  }, [down, client]);

  return (
    <div role="status" className="down">
      {down && (
        <p>
          <strong>{t('down.title')}</strong> {t('down.text')}
        </p>
      )}
    </div>
  );
}
