import { readFileBytes, writeFileAtomic } from '@rbm/formats/node';

/** Bytes through a file. */
export default async function use(): Promise<string> {
  await writeFileAtomic('bytes.bin', Uint8Array.of(1, 2, 3));
  const bytes: Uint8Array = await readFileBytes('bytes.bin');
  return bytes.join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error A path is text.
  void readFileBytes(1);
}
