#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can parse. Starts the command on a Node that can import experiment files in TypeScript (22.18 or newer).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);

if (isNewEnough) {
  const { enableCompileCache } = await import('node:module'); // Node 20 has none
  enableCompileCache(); // later starts load compiled code from the system's temporary folder
  const built = await import('../dist/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('/dist/')) throw error;
    process.stderr.write('ncnet: expected built packages, got none; run `npm run build`\n');
    process.exitCode = 1;
  });
  await built?.main(process.argv.slice(2));
} else {
  // The repository ships its runtime; `..` levels: bin, cli, packages.
  const runtime = ['node', 'node.exe']
    .map((name) => fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url)))
    .find((file) => existsSync(file));
  if (runtime === undefined || process.env.NCNET_LAUNCHED === '1') {
    process.stderr.write(
      `ncnet: expected Node ${NEEDED.join('.')} or newer, got ${process.versions.node}; run \`npm ci\` (it installs one) and start with \`npx ncnet\`\n`,
    );
    process.exitCode = 2;
  } else {
    // The channel tells the child when this process dies, so that a killed launcher leaves nothing running.
    const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NCNET_LAUNCHED: '1' },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => {
      process.stderr.write(`ncnet: expected to start ${runtime}, got ${error.message}; run \`npm ci\` again\n`);
      process.exitCode = 2;
    });
    child.on('exit', (code, signal) => {
      if (signal === null) process.exit(code ?? 1);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
}
