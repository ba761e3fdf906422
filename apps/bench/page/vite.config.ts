import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const config: UserConfig = defineConfig({
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    chunkSizeWarningLimit: 4096,
    target: 'esnext',
    rollupOptions: { input: [page('index.html'), page('check.html'), page('soak.html')] },
  },
  logLevel: 'warn',
});

export default config;
