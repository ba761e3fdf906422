#!/usr/bin/env node
import { main } from './main.js';

// What is written after the end of the command, or with it, cannot stop the process any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
