import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './App';
import { makeQueryClient } from './api/queries';
import { firstLanguage, Languages } from './i18n';
import { applyTheme } from './lib/theme';
import { preload } from './pages';
import './styles/base.css';
import './styles/parts.css';

applyTheme();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id root');
preload(location.pathname);
const first = await firstLanguage();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <Languages first={first}>
        <BrowserRouter basename={import.meta.env.BASE_URL}>
          <App />
        </BrowserRouter>
      </Languages>
    </QueryClientProvider>
  </StrictMode>,
);
