export { cacheFolder } from './cache-folder.js';
export { type MnistOptions, mnist } from './mnist.js';
