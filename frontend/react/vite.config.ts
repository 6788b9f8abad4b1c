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

export default defineConfig({
  base: '/app/',
  plugins: [leanRouter, react()],
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
  },
  test: { include: ['tests/**/*.test.{ts,tsx}'], testTimeout: 60_000 },
});
