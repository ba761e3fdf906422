import { useEffect, useRef, useState } from 'preact/hooks';

/** What a loop can be asked to stop by. */
export type LoopStep = (signal: AbortSignal) => void | Promise<void>;

/**
 * Calls `step` again and again while `running`, at most once a frame and `rate` times a second, one after the other, and
 * not while the page is hidden. Stops for good when the component leaves. Returns what a step threw, if one did.
 */
export function useLoop(running: boolean, step: LoopStep, rate = 60): unknown {
  const latest = useRef(step);
  latest.current = step;
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    if (!running) return;
    const controller = new AbortController();
    const { signal } = controller;
    setFailure(undefined);
    (async () => {
      while (!signal.aborted) {
        const start = performance.now();
        await nextFrame();
        if (signal.aborted) return;
        await latest.current(signal);
        const rest = 1000 / rate - (performance.now() - start);
        if (rest > 4) await new Promise((resolve) => setTimeout(resolve, rest));
      }
    })().catch((error: unknown) => {
      if (!signal.aborted) setFailure(error);
    });
    return () => controller.abort();
  }, [running, rate]);
  return failure;
}

/** Frames do not come while a page is hidden. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}

/** Whether the visitor asked for less motion: then figures wait to be started. */
export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
