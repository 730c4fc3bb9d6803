// npm run reproduce: builds the packages, runs the quick experiments into the store, and builds the site with the page "your run".
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TURBO_TELEMETRY_DISABLED: '1' };
const EXPERIMENTS = ['capacity', 'capacity-mux-xor', 'controls'];

if (!existsSync(bin)) fail('reproduce: expected installed packages, got no node_modules; run `npm ci` first');
const started = process.hrtime.bigint();
run('turbo', ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only', '--log-prefix=none']);
for (const name of EXPERIMENTS) run('ncnet', ['run', name]);
run('turbo', ['run', 'build', '--filter=report', '--output-logs=errors-only', '--log-prefix=none']);

const seconds = Number(process.hrtime.bigint() - started) / 1e9;
console.log(`
Done in ${seconds.toFixed(1)} s.
  your run    ${join(root, 'sites/report/dist/your-run/index.html')}
  all reports ${join(root, 'sites/report/dist/index.html')}
  to re-execute cells in the page: npm run serve, then open http://127.0.0.1:4321/`);

function run(command, args) {
  console.log(`\n$ ${command} ${args.join(' ')}`);
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) fail(`reproduce: ${command} did not start (${error.message}); run \`npm ci\` again`);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
