// Importing ncnet, or starting its command, loads neither tfjs nor the tokenizers: the modules of a fresh process are listed.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Paths of every module that importing these loads, CommonJS included. */
function modulesOf(...specifiers: string[]): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ load(url, context, next) { seen.add(url); return next(url, context); } });
    for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
    console.log(JSON.stringify([...seen]));`;
  const options = { cwd: `${root}/packages/cli`, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], options));
}

const HEAVY = /@tensorflow|@huggingface|src\/bert\//;

test('ncnet, its light subpaths and the command load nothing heavy; ncnet/bert does', () => {
  const light = modulesOf('ncnet', 'ncnet/node', 'ncnet/training', './src/main.ts');
  expect(light.length).toBeGreaterThan(20);
  expect(light.filter((url) => HEAVY.test(url))).toEqual([]);
  const heavy = modulesOf('ncnet/bert');
  expect(heavy.some((url) => url.includes('@tensorflow/tfjs'))).toBe(true);
  expect(heavy.some((url) => url.includes('@tensorflow/tfjs-backend-wasm/dist'))).toBe(false); // only once it is opened
});
