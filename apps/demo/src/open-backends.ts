import type { Backend } from '@rbm/core/contracts';
import { useEffect, useState } from 'preact/hooks';

declare global {
  /** Backends that chapters hold now. The tests of the page read it: leaving a chapter has to leave it empty. */
  var rbmOpenBackends: Set<Backend> | undefined;
}

/** Gives a component a backend of its own, which is closed when it leaves or `key` changes; undefined until it is open. */
export function useBackend(
  key: string,
  open: () => Backend | Promise<Backend>,
): { backend?: Backend; failure?: unknown } {
  const [state, setState] = useState<{ backend?: Backend; failure?: unknown }>({});
  useEffect(() => {
    let left = false;
    let held: Backend | undefined;
    Promise.resolve()
      .then(open)
      .then((backend) => {
        if (left) {
          void backend.close();
          return;
        }
        held = backend;
        openBackends().add(backend);
        setState({ backend });
      })
      .catch((failure: unknown) => !left && setState({ failure }));
    return () => {
      left = true;
      if (held) closeBackend(held);
      setState({});
    };
  }, [key]);
  return state;
}

/** All backends that the page holds. */
export function openBackends(): Set<Backend> {
  globalThis.rbmOpenBackends ??= new Set();
  return globalThis.rbmOpenBackends;
}

function closeBackend(backend: Backend): void {
  openBackends().delete(backend);
  void backend.close();
}
