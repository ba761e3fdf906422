#!/usr/bin/env node
import { Interruption } from './interruption.js';

// What is written after the end of the command, or with it, cannot stop the process any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// Loading the program takes a while, in which a signal should do what it does later.
const interruption = new Interruption();
const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2), interruption);
