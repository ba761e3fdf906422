// Runs commands of the built program one after the other, each as rbm.js does it: loading the program takes longer than most
// commands of a test. A message asks for a command; a line with its mark ends what it wrote to each stream.
import { main } from '../dist/main.js';

process.on('disconnect', () => process.exit());
process.on('message', async ({ args, cwd, mark }) => {
  process.chdir(cwd);
  const code = await main(args);
  process.stderr.write(`${mark}\n`);
  process.stdout.write(`${mark} ${code}\n`);
});
