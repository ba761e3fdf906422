import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Message, Pending, type Side } from './side.js';

const worker: string = fileURLToPath(new URL('./gpu-check-worker.js', import.meta.url));

/** Starts a process that answers requests. @param webgpu The module `webgpu`, if it is needed. */
export function startProcess(environment: NodeJS.ProcessEnv, webgpu: string | undefined): Side {
  const child = fork(worker, webgpu === undefined ? [] : [webgpu], {
    env: environment,
    execArgv: ['--max-old-space-size=8192'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const pending = new Pending();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-4096);
  });
  child.on('message', (message: Message) => pending.receive(message));
  child.on('error', (error) => pending.end(error.message));
  child.on('close', (code, signal) => {
    const last = stderr.trim().split('\n').at(-1);
    pending.end(`the process ended (${signal ?? code})${last ? `: ${last}` : ''}`);
  });
  return {
    ask(request, part) {
      const reply = pending.start(part);
      child.send(request, (error) => {
        if (error) pending.end(error.message);
      });
      return reply;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
