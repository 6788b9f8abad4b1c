import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `vite preview` stands in for the API, which serves the build under /app/: same policy, same origin.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
const api = process.env.VITE_API ?? 'http://127.0.0.1:8000';

// Nothing here names the router's own links, forms and server parts, yet they stay in the bundle (5 kB compressed):
// a component made by forwardRef and then given a name looks to the bundler as if making it did something.
const leanRouter: Plugin = {
  name: 'lean-router',
  apply: 'build',
  transform(code, id) {
    if (!id.includes('/react-router/dist/')) return null;
    return {
      code: code
        .replace(/\b\w+\.(forwardRef|createContext|memo)\(/g, '/* @__PURE__ */ $&')
        .replace(/^\w+\.displayName = .*$/gm, ''),
      map: null,
    };
  },
};

// React is imported by main.ts only when that runs; so that it is under way by then, index.html names it. What is to be
// painted before any script goes first: all scripts are of low priority.
const loadStartAtOnce: Plugin = {
  name: 'load-start-at-once',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const files = new Set<string>();
      const visit = (file: string): void => {
        const chunk = bundle[file];
        if (chunk?.type !== 'chunk' || files.has(file)) return;
        files.add(file);
        chunk.imports.forEach(visit);
      };
      Object.values(bundle)
        .filter((chunk) => chunk.type === 'chunk' && chunk.facadeModuleId?.endsWith('/src/start.tsx'))
        .forEach(({ fileName }) => visit(fileName));
      const links = [...files]
        .filter((file) => !html.includes(file))
        .map((file) => `<link rel="modulepreload" crossorigin href="/app/${file}">\n  `);
      return html
        .replace('</head>', `  ${links.join('  ')}</head>`)
        .replaceAll(/rel="modulepreload"|<script type="module"/g, '$& fetchpriority="low"');
    },
  },
};

/** What main.ts needs. */
const FIRST = new RegExp(
  'src.(api.(address|early|requests)|i18n.language|lib.(query-string|stored|theme)|pages.load)[.]ts|preload-helper',
);

export default defineConfig({
  base: '/app/',
  plugins: [leanRouter, loadStartAtOnce, react()],
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  preview: {
    host: '127.0.0.1',
    port: 4173,
    strictPort: true,
    headers: { 'Content-Security-Policy': policy },
    proxy: { '^/(reco|score|users|movies|genres|popular|models|experiments|health)(/|\\?|$)': api },
  },
  // Small files are not inlined as data: addresses, which the policy would block.
  build: {
    manifest: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    // The first with light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Fewer, larger files compress better; React changes less often than the rest.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'first',
              test: FIRST,
              priority: 3,
            },
            { name: 'react', test: /node_modules.(react|react-dom|scheduler)\//, priority: 2 },
            {
              name: 'shared',
              test: /node_modules|src.(api|components.(?!charts)|i18n.(index|format)|lib.(?!metrics)|App)/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  test: { include: ['tests/**/*.test.{ts,tsx}'], testTimeout: 60_000 },
});
