import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findVulkan, type MachineFiles } from './vulkan.js';

/** A machine with these files. */
function machine(
  contents: Readonly<Record<string, string>>,
  environment: MachineFiles['environment'] = {},
): MachineFiles {
  return {
    environment,
    exists: (path) => path in contents,
    list: (folder) =>
      Object.keys(contents)
        .filter((path) => dirname(path) === folder)
        .map((path) => basename(path)),
    read: (path) => contents[path] as string,
  };
}

const loader = '/usr/lib64/libvulkan.so.1';
const nvidia = '/usr/share/vulkan/icd.d/nvidia_icd.json';
const lavapipe = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const library = '/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.0';
const describes = (path: string): string => JSON.stringify({ ICD: { library_path: path, api_version: '1.3' } });

it('prefers a card to programs that draw', () => {
  const files = machine({
    [loader]: '',
    [lavapipe]: describes('/opt/lvp.so'),
    '/opt/lvp.so': '',
    [nvidia]: describes('libGLX_nvidia.so.0'),
    [library]: '',
  });
  expect(findVulkan(files)).toEqual({ loader, drivers: [nvidia] });
});

it('takes the loader that came along only where the system has none', () => {
  const contents = { [nvidia]: describes('libGLX_nvidia.so.0'), [library]: '', '/own/libvulkan.so.1': '' };
  expect(findVulkan(machine(contents), '/own')).toMatchObject({ loader: '/own/libvulkan.so.1' });
  expect(findVulkan(machine({ ...contents, [loader]: '' }), '/own')).toMatchObject({ loader });
});

it('finds the library of a driver that nothing describes, as in many containers', () => {
  expect(findVulkan(machine({ [loader]: '', [library]: '' }))).toEqual({ loader, drivers: [], library });
});

it('finds a driver beside its description, and one in LD_LIBRARY_PATH', () => {
  const beside = machine(
    { [loader]: '', '/c/s.json': describes('./s.so'), '/c/s.so': '' },
    { VK_ICD_FILENAMES: '/c/s.json' },
  );
  expect(findVulkan(beside)).toEqual({ loader, drivers: ['/c/s.json'] });
  const path = machine({ [loader]: '', [lavapipe]: describes('l.so'), '/x/l.so': '' }, { LD_LIBRARY_PATH: '/w:/x' });
  expect(findVulkan(path)).toEqual({ loader, drivers: [lavapipe] });
});

describe('what is missing is said in one line', () => {
  const missing = (
    contents: Readonly<Record<string, string>>,
    environment: MachineFiles['environment'] = {},
  ): string => {
    const found = findVulkan(machine(contents, environment));
    if (!('missing' in found)) throw new Error('nothing is missing');
    expect(found.missing).not.toContain('\n');
    return found.missing;
  };

  it('the loader', () => {
    expect(missing({ [library]: '' })).toBe('the Vulkan loader (libvulkan.so.1); install libvulkan1 or vulkan-loader');
  });

  it('the driver, and the card', () => {
    expect(missing({ [loader]: '' })).toBe(
      'a Vulkan driver: there is none in /etc/vulkan/icd.d or /usr/share/vulkan/icd.d; no NVIDIA kernel driver is there ' +
        'either (/dev/nvidiactl)',
    );
  });

  it('both', () => {
    expect(missing({})).toContain('a Vulkan driver, and the Vulkan loader (libvulkan.so.1): there is none');
  });

  it('the libraries of a card whose kernel driver is there', () => {
    const line = missing({ [loader]: '', '/dev/nvidiactl': '', [nvidia]: describes('libGLX_nvidia.so.0') });
    expect(line).toContain(`${nvidia} names libGLX_nvidia.so.0, which is not there`);
    expect(line).toContain('NVIDIA_DRIVER_CAPABILITIES=all');
  });

  it('a broken description, and a chosen one', () => {
    expect(missing({ [loader]: '', [lavapipe]: '{' })).toContain(`${lavapipe} is not a description of a driver`);
    expect(missing({ [loader]: '' }, { VK_ICD_FILENAMES: '/none.json' })).toContain('(/none.json)');
  });
});
