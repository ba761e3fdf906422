import { RbmError } from '../../packages/core/dist/index.js';

const mostMilliseconds = 1000;
const mostBytes = 256 * 2 ** 20;

const held = () => {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
};

/** What is wrong with how a reader takes a file, or undefined: an error without a code, too long, or too much memory. */
export function judge(read, bytes) {
  const before = held();
  const start = performance.now();
  let fault;
  try {
    read(bytes);
  } catch (error) {
    if (!RbmError.isInstance(error)) fault = `${error?.name}: ${String(error?.message).slice(0, 200)}`;
  }
  if (fault) return fault;
  if (performance.now() - start > mostMilliseconds && cpuMilliseconds(read, bytes) > mostMilliseconds)
    return 'more than 1 s';
  if (held() - before > mostBytes) return 'more than 256 MB';
  return undefined;
}

/** Again, by the processor's clock: on a busy machine the wall clock says little. */
function cpuMilliseconds(read, bytes) {
  const start = process.cpuUsage();
  try {
    read(bytes);
  } catch {}
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** A smaller file with the same fault: parts are removed as long as it stays. */
export function minimise(read, bytes, fault) {
  let smallest = bytes;
  const kind = fault.split(':')[0];
  for (let part = Math.ceil(smallest.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let start = 0; start < smallest.length; ) {
      const shorter = Uint8Array.from([...smallest.subarray(0, start), ...smallest.subarray(start + part)]);
      if (judge(read, shorter)?.split(':')[0] === kind) smallest = shorter;
      else start += part;
    }
  }
  return smallest;
}
