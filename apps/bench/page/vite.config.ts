import { defineConfig, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({
  build: { outDir: '../dist/page', emptyOutDir: true, chunkSizeWarningLimit: 4096 },
  logLevel: 'warn',
});

export default config;
