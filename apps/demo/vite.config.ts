import { defineConfig, type Plugin, type UserConfig } from 'vite';

// What a page needs to share memory between threads.
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * What the page may load and run: nothing from elsewhere. gpu.js compiles its kernels with `Function`, the wasm backend
 * compiles modules and starts workers from blobs, formulas and plots set inline styles.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The built page carries its policy, so that any static server sends it. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
};

const config: UserConfig = defineConfig({
  // Relative addresses: the built page works from any folder of any server.
  base: './',
  build: { emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 600 },
  plugins: [contentSecurityPolicy],
  worker: { format: 'es' },
  server: { headers: isolation },
  // A header can also keep other pages from framing this one.
  preview: { headers: { ...isolation, 'Content-Security-Policy': `${policy}; frame-ancestors 'none'` } },
  logLevel: 'warn',
});

export default config;
