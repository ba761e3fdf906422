import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const packageFile = createRequire(import.meta.url).resolve('@rbm/cli/package.json');
const program = join(dirname(packageFile), createRequire(import.meta.url)(packageFile).bin.rbm);
const execute = promisify(execFile);

/** Runs `rbm` in a folder. @returns What it prints, or the error with `code`, `stdout` and `stderr`. */
export const rbm = (cwd, ...args) => execute(process.execPath, [program, ...args], { cwd });
