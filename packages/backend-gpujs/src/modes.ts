import { generator, RbmError } from '@rbm/core';
import { type DeviceKernel, Engine, type Mode } from './engine.js';
import type { Gpujs } from './gpu-module.js';
import { limbs, philoxKernel } from './philox-source.js';

/** An engine that was tried. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** One line for people. */
  readonly info: string;
  /** Makes core's uniforms; `undefined` where it would not be exactly those. */
  readonly uniforms: DeviceKernel | undefined;
}

const modes: readonly Mode[] = ['webgpu', 'webgl2', 'webasm', 'cpu'];

/** What programs that draw without graphics hardware call themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|swrast|software|basic render|warp/i;

/**
 * Opens gpu.js in a mode, or in the best that works. Whether one works is found by computing with it.
 *
 * @throws RbmError `UNSUPPORTED` if it does not, `ARGUMENT_INVALID` for an unknown mode.
 */
export async function openEngine(gpujs: Gpujs, mode: Mode | 'auto'): Promise<OpenedEngine> {
  if (mode !== 'auto' && !modes.includes(mode)) {
    throw new RbmError('ARGUMENT_INVALID', `The mode is one of ${modes.join(', ')} or auto, not ${String(mode)}.`);
  }
  if (mode !== 'auto') return (await tryMode(gpujs, mode)).opened;
  const failures: string[] = [];
  for (const candidate of modes) {
    try {
      const { opened, software } = await tryMode(gpujs, candidate);
      // A processor that pretends to be graphics hardware is slower than WebAssembly.
      if (!software) return opened;
      await opened.engine.close();
      failures.push(`${candidate}: ${opened.info}`);
    } catch (error) {
      failures.push(`${candidate}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new RbmError('UNSUPPORTED', `No mode of gpu.js works here. ${failures.join(' ')}`);
}

async function tryMode(gpujs: Gpujs, mode: Mode): Promise<{ opened: OpenedEngine; software: boolean }> {
  let engine: Engine | undefined;
  try {
    engine = new Engine(gpujs, mode);
    const kernel = philoxKernel(engine);
    const uniforms = (await makesUniforms(engine, kernel)) ? kernel : undefined;
    const { text, software } = describe(engine);
    const source = uniforms ? '' : ', uniforms from the host';
    const opened: OpenedEngine = {
      engine,
      info: `gpujs backend: ${text}, float32, kernel class ${engine.kernelClass}${source}`,
      uniforms,
    };
    return { opened, software };
  } catch (cause) {
    await engine?.close().catch(() => {});
    throw new RbmError('UNSUPPORTED', `The mode ${mode} of gpu.js does not work here: ${cause}`, { cause });
  }
}

/**
 * Makes some of core's uniforms with a kernel: whether the numbers are exactly those.
 *
 * @throws Error if they are no uniforms at all: what ran did not compute.
 */
async function makesUniforms(engine: Engine, kernel: DeviceKernel): Promise<boolean> {
  const random = generator(0x1d2c3b4a59687);
  const [columns, rows, firstChain, firstUnit, draws, step] = [14, 5, 0x1fffe, 70_001, 2, 2 ** 33 + 0xfedcba98];
  const words = [...random.key, step % 2 ** 32].flatMap(limbs);
  const array = await kernel.run(
    { columns, rows },
    { draws },
    ...words,
    Math.floor(step / 2 ** 32),
    ...limbs(firstChain),
    firstUnit,
  );
  const found = await engine.download(array);
  array.release();
  if (!found.every((u) => u > 0 && u < 1) || new Set(found).size < found.length / 2) {
    throw new Error('a kernel that was tried gave wrong numbers.');
  }
  return found.every((u, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return u === random.uniform(firstChain + row, firstUnit + Math.floor(column / draws), step, column % draws);
  });
}

/** What computes, in words. */
function describe(engine: Engine): { text: string; software: boolean } {
  if (engine.mode === 'cpu') return { text: 'gpu.js on the processor, JavaScript, one thread', software: false };
  if (engine.mode === 'webasm') return { text: 'gpu.js on the processor, WebAssembly, one thread', software: false };
  const name = engine.mode === 'webgpu' ? 'WebGPU' : 'WebGL2';
  const { adapter, software } = engine.mode === 'webgpu' ? webgpuAdapter(engine.context) : webglAdapter(engine.context);
  const what = software ? 'software rendering on the processor' : 'GPU';
  return { text: `gpu.js, ${name}, ${what} (${adapter})`, software };
}

/** What draws, by its own account. */
export interface Adapter {
  readonly adapter: string;
  readonly software: boolean;
}

/** @param context What gpu.js keeps of WebGPU. */
export function webgpuAdapter(context: unknown): Adapter {
  const { adapter } = context as {
    adapter: {
      readonly isFallbackAdapter?: boolean;
      readonly info?: {
        readonly vendor?: string;
        readonly architecture?: string;
        readonly device?: string;
        readonly description?: string;
        readonly isFallbackAdapter?: boolean;
      };
    };
  };
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const text = [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed adapter';
  const fallback = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return { adapter: text, software: fallback || SOFTWARE.test(text) };
}

/** @param context Of WebGL2. */
export function webglAdapter(context: unknown): Adapter {
  const gl = context as {
    readonly RENDERER: number;
    getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
    getParameter(parameter: number): unknown;
  };
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const text = String(gl.getParameter(extension ? extension.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return { adapter: text, software: SOFTWARE.test(text) };
}
