import { defineConfig, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({ build: { outDir: '../dist/page', emptyOutDir: true }, logLevel: 'warn' });

export default config;
