// Runs before any install in the workspace root. Uses nothing but Node: no dependency is installed yet.
import { pnpm } from './pnpm.mjs';

const agent = process.env.npm_config_user_agent ?? '';
if (!agent.startsWith('pnpm/')) {
  console.error(`
This workspace is installed with pnpm, not with ${agent.split('/')[0] || 'this tool'}. Use one of:

  npm start                  install, build and run the main example
  npm test                   install, build and run every check and test
  npx ${pnpm} install   install only
`);
  process.exit(1);
}
