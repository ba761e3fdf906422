import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/** What is read of the machine. */
export interface MachineFiles {
  readonly environment: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
  /** Names in a folder; none if there is no such folder. */
  list(folder: string): readonly string[];
  /** @throws Error if it cannot be read. */
  read(path: string): string;
}

/** What WebGPU needs of Vulkan, or one line that says what is missing. */
export type Vulkan =
  | {
      readonly loader: string;
      /** Descriptions of drivers, for `VK_DRIVER_FILES`; empty where the loader is to use NVIDIA's library, see `library`. */
      readonly drivers: readonly string[];
      /** NVIDIA's driver where no file describes it. */
      readonly library?: string;
    }
  | { readonly missing: string };

const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/lib64',
  '/usr/lib',
  '/usr/local/lib',
  '/usr/local/nvidia/lib64',
  '/usr/local/nvidia/lib',
  '/usr/local/cuda/compat',
  '/usr/lib/wsl/lib',
  '/run/opengl-driver/lib',
];
const driverFolders = [
  '/etc/vulkan/icd.d',
  '/usr/local/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/local/nvidia/share/vulkan/icd.d',
  '/usr/local/nvidia/etc/vulkan/icd.d',
  '/run/opengl-driver/share/vulkan/icd.d',
];
const NVIDIA_LIBRARIES = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

/**
 * Looks for the Vulkan loader and for drivers (installable client drivers, ICDs) where systems and containers put them.
 *
 * @param own Folder with a loader of our own, taken where the system has none.
 */
export function findVulkan(files: MachineFiles, own?: string): Vulkan {
  const { environment } = files;
  const given = (environment.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean);
  const folders = [...given, ...libraryFolders];
  const library = (name: string, among: readonly string[] = folders): string | undefined =>
    among.map((folder) => join(folder, name)).find((path) => files.exists(path));
  const loader = library('libvulkan.so.1', own === undefined ? folders : [...folders, own]);

  const chosen = environment.VK_DRIVER_FILES || environment.VK_ICD_FILENAMES;
  const described = chosen
    ? chosen.split(':').filter((path) => files.exists(path))
    : driverFolders.flatMap((folder) =>
        files
          .list(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => join(folder, name)),
      );
  const usable: string[] = [];
  const without: string[] = [];
  for (const path of described) {
    const name = driverLibrary(files, path);
    if (name === undefined) without.push(`${path} is not a description of a driver`);
    else if (
      isAbsolute(name)
        ? files.exists(name)
        : name.includes('/')
          ? files.exists(resolve(dirname(path), name))
          : library(name)
    ) {
      usable.push(path);
    } else without.push(`${path} names ${name}, which is not there`);
  }
  // A card is preferred to programs that draw.
  const nvidia = usable.filter((path) => /nvidia/i.test(basename(path)));
  const drivers = nvidia.length > 0 ? nvidia : usable;
  const bare = chosen ? undefined : NVIDIA_LIBRARIES.map((name) => library(name)).find((path) => path !== undefined);
  if (nvidia.length === 0 && bare !== undefined && loader !== undefined) return { loader, drivers: [], library: bare };
  if (loader !== undefined && drivers.length > 0) return { loader, drivers };

  const hasDriver = drivers.length > 0 || bare !== undefined;
  if (hasDriver) return { missing: 'the Vulkan loader (libvulkan.so.1); install libvulkan1 or vulkan-loader' };
  const where = chosen
    ? `in VK_DRIVER_FILES or VK_ICD_FILENAMES (${chosen})`
    : 'in /etc/vulkan/icd.d or /usr/share/vulkan/icd.d';
  const reason = without.length > 0 ? without.join('; ') : `there is none ${where}`;
  const card = files.exists('/proc/driver/nvidia/version') || files.exists('/dev/nvidiactl');
  const advice = card
    ? 'an NVIDIA kernel driver is there: install its libnvidia-gl, or start the container with NVIDIA_DRIVER_CAPABILITIES=all'
    : 'no NVIDIA kernel driver is there either (/dev/nvidiactl)';
  const also = loader === undefined ? ', and the Vulkan loader (libvulkan.so.1)' : '';
  return { missing: `a Vulkan driver${also}: ${reason}; ${advice}` };
}

/** The library that a description names. */
function driverLibrary(files: MachineFiles, path: string): string | undefined {
  try {
    const { ICD } = JSON.parse(files.read(path)) as { ICD?: { library_path?: unknown } };
    return typeof ICD?.library_path === 'string' ? ICD.library_path : undefined;
  } catch {
    return undefined;
  }
}
