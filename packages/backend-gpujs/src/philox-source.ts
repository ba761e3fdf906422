import type { DeviceKernel, Engine } from './engine.js';
import type { NativeFunction } from './gpu-module.js';

/** The kernel that makes core's uniforms on an engine. */
export function philoxKernel(engine: Engine): DeviceKernel {
  // gpu.js makes loops over bits of `^` in WebGL, whose own language has the operator.
  if (engine.mode === 'webgl2')
    return engine.kernel(
      philoxSource((a, b) => `exclusive(${a}, ${b})`),
      [],
      [exclusiveNative],
    );
  return engine.kernel(philoxSource((a, b) => `(${a} ^ ${b})`));
}

/**
 * Source of a kernel that makes core's uniforms, Philox4x32-10 at the address of each unit: `[rows, units · draws]`, the
 * draws of a unit one after the other.
 *
 * 32-bit words are pairs of 16-bit limbs held in floats, and products are taken 8 bits by 16: every intermediate result is
 * an integer below 2^24, exact in float32 whatever the engine does with integers.
 *
 * The key comes as two words, upper limb first; `stepHigh` is what of the step is beyond 32 bits; chain and unit are those
 * of the first row and column. Constants: `draws`.
 */
const philoxSource = (
  exclusive: (a: string, b: string) => string,
): string => `function (key0h, key0l, key1h, key1l, steph, stepl, stepHigh, chainh, chainl, firstUnit) {
  const column = Math.floor((this.thread.x + 0.5) / this.constants.draws);
  const draw = this.thread.x - column * this.constants.draws;
  const unit = firstUnit + column;
  const quad = Math.floor(unit * 0.25);
  const lane = unit - quad * 4;
  let c0h = Math.floor(quad * 0.0000152587890625);
  let c0l = quad - c0h * 65536;
  const chain = chainl + this.thread.y;
  const overflow = Math.floor(chain * 0.0000152587890625);
  let c1l = chain - overflow * 65536;
  let c1h = chainh + overflow;
  if (c1h >= 65536) { c1h = c1h - 65536; }
  let c2h = steph;
  let c2l = stepl;
  const beyond = Math.floor(stepHigh * 0.0000152587890625);
  let c3h = draw * 256 + beyond;
  let c3l = stepHigh - beyond * 65536;
  let k0h = key0h;
  let k0l = key0l;
  let k1h = key1h;
  let k1l = key1l;
  for (let round = 0; round < 10; round++) {
    const a3 = Math.floor(c0h * 0.00390625);
    const a2 = c0h - a3 * 256;
    const a1 = Math.floor(c0l * 0.00390625);
    const a0 = c0l - a1 * 256;
    let p = 8019 * a0;
    let carry = Math.floor(p * 0.00390625);
    const p0 = p - carry * 256;
    p = 8019 * a1 + carry;
    carry = Math.floor(p * 0.00390625);
    const p1 = p - carry * 256;
    p = 8019 * a2 + 53841 * a0 + carry;
    carry = Math.floor(p * 0.00390625);
    const p2 = p - carry * 256;
    p = 8019 * a3 + 53841 * a1 + carry;
    carry = Math.floor(p * 0.00390625);
    const p3 = p - carry * 256;
    p = 53841 * a2 + carry;
    carry = Math.floor(p * 0.00390625);
    const p4 = p - carry * 256;
    p = 53841 * a3 + carry;
    const high0h = Math.floor(p * 0.00390625);
    const high0l = (p - high0h * 256) * 256 + p4;
    const b3 = Math.floor(c2h * 0.00390625);
    const b2 = c2h - b3 * 256;
    const b1 = Math.floor(c2l * 0.00390625);
    const b0 = c2l - b1 * 256;
    let q = 36183 * b0;
    let over = Math.floor(q * 0.00390625);
    const q0 = q - over * 256;
    q = 36183 * b1 + over;
    over = Math.floor(q * 0.00390625);
    const q1 = q - over * 256;
    q = 36183 * b2 + over;
    let part = Math.floor(q * 0.00390625);
    q = q - part * 256 + 52638 * b0;
    over = Math.floor(q * 0.00390625);
    const q2 = q - over * 256;
    q = 36183 * b3 + (over + part);
    part = Math.floor(q * 0.00390625);
    q = q - part * 256 + 52638 * b1;
    over = Math.floor(q * 0.00390625);
    const q3 = q - over * 256;
    q = 52638 * b2 + (over + part);
    over = Math.floor(q * 0.00390625);
    const q4 = q - over * 256;
    q = 52638 * b3 + over;
    const high1h = Math.floor(q * 0.00390625);
    const high1l = (q - high1h * 256) * 256 + q4;
    const n0h = ${exclusive(exclusive('high1h', 'c1h'), 'k0h')};
    const n0l = ${exclusive(exclusive('high1l', 'c1l'), 'k0l')};
    const n2h = ${exclusive(exclusive('high0h', 'c3h'), 'k1h')};
    const n2l = ${exclusive(exclusive('high0l', 'c3l'), 'k1l')};
    c0h = n0h;
    c0l = n0l;
    c1h = q3 * 256 + q2;
    c1l = q1 * 256 + q0;
    c2h = n2h;
    c2l = n2l;
    c3h = p3 * 256 + p2;
    c3l = p1 * 256 + p0;
    k0l = k0l + 31161;
    k0h = k0h + 40503;
    if (k0l >= 65536) { k0l = k0l - 65536; k0h = k0h + 1; }
    if (k0h >= 65536) { k0h = k0h - 65536; }
    k1l = k1l + 44677;
    k1h = k1h + 47975;
    if (k1l >= 65536) { k1l = k1l - 65536; k1h = k1h + 1; }
    if (k1h >= 65536) { k1h = k1h - 65536; }
  }
  let wordh = c0h;
  let wordl = c0l;
  if (lane > 0.5) { wordh = c1h; wordl = c1l; }
  if (lane > 1.5) { wordh = c2h; wordl = c2l; }
  if (lane > 2.5) { wordh = c3h; wordl = c3l; }
  return (wordh * 128 + Math.floor(wordl * 0.001953125) + 0.5) * 0.00000011920928955078125;
}`;

/** The exclusive or of two limbs. */
const exclusiveNative: NativeFunction = {
  name: 'exclusive',
  source: 'float exclusive(float a, float b) { return float(uint(a) ^ uint(b)); }',
};

/** The 16-bit limbs of an unsigned 32-bit word, the upper one first. */
export function limbs(word: number): readonly [high: number, low: number] {
  return [Math.floor(word / 65536) % 65536, word % 65536];
}
