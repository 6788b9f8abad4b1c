import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get } from '../api/client';
import { useWords } from '../i18n';
import { onNetwork, useDown, useOnline } from '../lib/connection';

const EVERY = 3000;
const ask = (): void => void get('/health', {}).catch(() => undefined);

/** Says that the API does not answer, asks it now and then, and has what failed loaded when it is back. */
export function DownNotice() {
  const { t } = useWords();
  const down = useDown();
  const online = useOnline();
  const client = useQueryClient();

  // A device without a network may still reach an API: on itself, or through a tunnel. Asking tells.
  useEffect(() => onNetwork(ask), []);

  useEffect(() => {
    if (!down) return;
    const timer = setInterval(ask, EVERY);
    return () => {
      clearInterval(timer);
      void client.refetchQueries({
        type: 'active',
        predicate: (query) => query.state.status === 'error' || query.isStale(),
      });
    };
  }, [down, client]);

  return (
    <div role="status" className="down">
      {down && (
        <p>
          <strong>{t(online ? 'down.title' : 'down.offline')}</strong> {t('down.text')}
        </p>
      )}
    </div>
  );
}
