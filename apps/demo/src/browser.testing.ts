export { shareBrowser as default } from './page.testing.js';
