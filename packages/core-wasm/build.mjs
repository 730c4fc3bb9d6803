// The build: four WebAssembly files side by side, since each takes one core for seconds, and the typed loaders.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const bin = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), 'bin', file);
const ASC = bin('assemblyscript', 'asc.js');

function run(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`))));
  });
}

try {
  await Promise.all([
    run(ASC, '--target', 'release'),
    run(ASC, '--target', 'fast'),
    run(ASC, '--config', 'asconfig.matmul.json', '--target', 'release'),
    run(ASC, '--config', 'asconfig.dense.json', '--target', 'release').then(() =>
      run(bin('typescript', 'tsc'), '-p', 'tsconfig.build.json'),
    ),
  ]);
} catch (error) {
  console.error(`core-wasm: ${error.message}`);
  process.exitCode = 1;
}
