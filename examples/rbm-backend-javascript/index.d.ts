import type { Backend, Plugin } from '@rbm/core/contracts';

export function javascript(): Promise<Backend>;
export default function plugin(): Plugin;
