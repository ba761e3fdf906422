// Runs the conformance suite of backends on gpu.js in its mode `webgpu`; the last line says what was found.
import { gpujs } from '@rbm/backend-gpujs';
import { backendSuite, collectFailures } from '@rbm/testkit';
import { create, globals } from 'webgpu';

// As the readme says.
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });

const open = () => gpujs({ gpu: () => import('gpu.js'), mode: 'webgpu' });
const first = await open();
const { info } = first;
await first.close();
let checks = 0;
const failures = await collectFailures((it) => {
  backendSuite({
    it: (name, test) => {
      checks++;
      it(name, test);
    },
    backend: open,
  });
});
console.log(JSON.stringify({ info, checks, failures }));
process.exit(0);
