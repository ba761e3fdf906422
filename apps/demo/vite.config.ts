import { defineConfig, type UserConfig } from 'vite';

// What a page needs to share memory between threads.
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const config: UserConfig = defineConfig({
  // Relative addresses: the built page works from any folder of any server.
  base: './',
  build: { emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 600 },
  worker: { format: 'es' },
  server: { headers: isolation },
  preview: { headers: isolation },
  logLevel: 'warn',
});

export default config;
