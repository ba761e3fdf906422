/** The operands of a command, which are float64 numbers one after the other. */

// @ts-ignore: decorator
@inline
export function n(command: usize, operand: u32): u32 {
  return <u32>load<f64>(command + (<usize>operand << 3));
}

// @ts-ignore: decorator
@inline
export function x(command: usize, operand: u32): f64 {
  return load<f64>(command + (<usize>operand << 3));
}

// @ts-ignore: decorator
@inline
export function s(command: usize, operand: u32): f32 {
  return <f32>x(command, operand);
}
