import { RbmError } from '@rbm/core';
import { nodeModule, platform, type WorkerLike } from './platform.js';
import { workerSource } from './worker-source.js';

/** What a worker of the pool says. */
export type WorkerMessage = { readonly ready: number } | { readonly signal: number } | { readonly failed: string };

interface WorkerThreads {
  readonly Worker: new (source: string, options: { eval: boolean; name: string }) => WorkerLike;
}

/**
 * A worker that runs `workerSource`, from text: by evaluation in Node, from a blob in browsers.
 *
 * @throws RbmError `UNSUPPORTED` where there are no workers.
 */
export function createOwnWorker(): WorkerLike {
  const node = nodeModule<WorkerThreads>('node:worker_threads');
  if (node) return new node.Worker(workerSource, { eval: true, name: 'rbm' });
  const { Worker, Blob, URL } = platform;
  if (!Worker || !Blob || !URL) throw new RbmError('UNSUPPORTED', 'This platform has no workers. Use one thread.');
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  return new Worker(url);
}

/** Calls back for each message, and once for anything that means the worker is lost. */
export function listen(
  worker: WorkerLike,
  receive: (message: WorkerMessage) => void,
  lost: (why: string) => void,
): void {
  if (worker.on) {
    worker.on('message', (message) => receive(message as WorkerMessage));
    worker.on('error', (error) => lost(String(error)));
    worker.on('exit', (code) => lost(`it ended with code ${code}`));
    return;
  }
  worker.addEventListener?.('message', ({ data }) => receive(data as WorkerMessage));
  worker.addEventListener?.('error', ({ message }) => lost(message ?? 'it could not be started'));
}
