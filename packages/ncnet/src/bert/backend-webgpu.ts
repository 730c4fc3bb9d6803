// The backend `webgpu`: tfjs's shaders on Dawn (npm `webgpu`), on a GPU by its own driver or on software Vulkan where there is none.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import tf from '@tensorflow/tfjs';
import { BackendUnavailable } from './backend-unavailable.ts';

const DAWN: string = 'webgpu'; // optional packages, so variables: the compiler need not find them
const KERNELS: string = '@tensorflow/tfjs-backend-webgpu';
const INSTALL = 'install a Vulkan driver of your GPU, or a software one (Debian: apt-get install libvulkan1 chromium)';

/** Software Vulkan that Dawn accepts: lavapipe of Mesa 25 (older files have another name), SwiftShader of Debian's chromium. */
const SOFTWARE = [
  '/usr/share/vulkan/icd.d/lvp_icd.json',
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
];

interface AdapterInfo {
  vendor: string;
  device: string;
  description: string;
}
interface Gpu {
  requestAdapter(): Promise<{ info: AdapterInfo } | null>;
}

let opened: AdapterInfo | undefined;

export async function startWebgpu(): Promise<{ device: string; versions: Record<string, string> }> {
  opened ??= await prepare();
  if (!(await tf.setBackend('webgpu'))) throw new BackendUnavailable('webgpu to start', 'a refusal of tfjs', INSTALL);
  return { device: deviceName(opened), versions: { webgpu: packageVersion(), driver: opened.description } };
}

/** tfjs takes the GPU from `navigator` and registers its backend at import, so everything is there before. */
async function prepare(): Promise<AdapterInfo> {
  const dawn = await load(DAWN);
  Object.assign(globalThis, dawn.globals);
  const { gpu, info } = await findAdapter(dawn.create as (flags: string[]) => Gpu);
  const navigator = { gpu, userAgent: 'node' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  await load(KERNELS);
  tf.env().set('WEBGPU_CPU_FORWARD', false); // else small ops run on the cpu backend without a word
  return info;
}

async function load(name: string): Promise<Record<string, unknown>> {
  try {
    return await import(name);
  } catch (error) {
    const [line] = String((error as Error).message ?? error).split('\n');
    throw new BackendUnavailable('webgpu to load', `"${line}"`, 'run `npm ci` without --omit=optional');
  }
}

/** The first driver that gives an adapter: those the user names, else the system's if there is a GPU, else a software one. */
async function findAdapter(create: (flags: string[]) => Gpu): Promise<{ gpu: Gpu; info: AdapterInfo }> {
  const linux = process.platform === 'linux';
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  const missing = named?.split(':').find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new BackendUnavailable('a driver file in VK_DRIVER_FILES', `no file ${missing}`, 'correct or unset it');
  }
  const software = linux && named === undefined ? SOFTWARE.filter((file) => existsSync(file)) : [];
  const system = !linux || named !== undefined || hasGpu() ? [undefined] : [];
  for (const file of [...system, ...software]) {
    if (file !== undefined) process.env.VK_DRIVER_FILES = file;
    if (file !== undefined) process.env.NODEVICE_SELECT ??= '1'; // a layer of Mesa that asks for displays
    const gpu = create(linux ? ['backend=vulkan'] : []);
    const adapter = await gpu.requestAdapter();
    if (adapter !== null) return { gpu, info: adapter.info };
  }
  if (software.length > 0) delete process.env.VK_DRIVER_FILES;
  const reason = named === undefined ? 'no adapter' : `no adapter by VK_DRIVER_FILES=${named}`;
  throw new BackendUnavailable('webgpu to find a GPU', reason, INSTALL);
}

const packageVersion = (): string =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`${DAWN}/package.json`), 'utf8')).version;

function hasGpu(): boolean {
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/** "SwiftShader driver 5.0.0 (software Vulkan on the CPU)". */
function deviceName({ vendor, device, description }: AdapterInfo): string {
  const name = [description, device, vendor].find((text) => text !== '') ?? 'unknown';
  const software = /swiftshader|llvmpipe|lavapipe/i.test(`${vendor} ${device} ${description}`);
  return software ? `CPU, software Vulkan: ${name}` : `GPU, ${device || vendor}, ${name}`;
}
