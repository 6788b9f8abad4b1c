import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './App';
import { makeQueryClient } from './api/queries';
import { Languages } from './i18n';
import type { Spoken } from './i18n/language';

/** Puts the app in the place of what index.html painted. */
export function start(words: Spoken): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no element with the id root');
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={makeQueryClient()}>
        <Languages first={words}>
          <BrowserRouter basename={import.meta.env.BASE_URL}>
            <App />
          </BrowserRouter>
        </Languages>
      </QueryClientProvider>
    </StrictMode>,
  );
}
