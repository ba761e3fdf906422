export { type Config, defineConfig } from './define-config.js';
