import { cacheFolder, type MnistOptions, mnist } from '@rbm/datasets/node';

/** Where downloads would go, and what is said when there are no data and none may be downloaded. */
export default async function use(): Promise<string> {
  const options: MnistOptions = { folder: 'nowhere', mirrors: [] };
  const error = await mnist(options).catch((cause: { code: string }) => cause);
  return [cacheFolder({ RBM_CACHE: 'cache' }), 'code' in error ? error.code : 'loaded'].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Only some images, by their number.
  void mnist({ limit: 'few' });
}
