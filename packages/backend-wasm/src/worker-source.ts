/**
 * What a thread of the pool runs, as text: a worker file inside a dependency would be lost by bundlers. It waits for a
 * message with the compiled module and the shared memory, and then works off the commands in that memory until it is
 * terminated. Messages it sends: `{ ready }`, `{ signal }` when a signal among the commands is reached, `{ failed }`.
 */
export const workerSource: string = `
(() => {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  const port = threads?.parentPort ?? globalThis;
  const work = async ({ module, memory, thread, looks }) => {
    try {
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      port.postMessage({ ready: thread });
      for (;;) port.postMessage({ signal: exports.run(thread, looks) });
    } catch (error) {
      port.postMessage({ failed: String(error) });
    }
  };
  if (port.once) port.once('message', work);
  else port.onmessage = (event) => work(event.data);
})();
`;
