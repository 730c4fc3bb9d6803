// ncnet serve: the built site on loopback.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { flag, folder as folderReader, UsageError, wholeNumber } from '../flags.ts';
import { examples } from '../help.ts';

interface ServeFlags {
  port: number;
  dir?: string;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Show the built site on 127.0.0.1, read-only, until Ctrl-C.')
    .addOption(flag('--port <p>', 'port; 0 takes a free one', wholeNumber(0, 65535), '4321'))
    .addOption(flag('--dir <folder>', 'folder to show (default: sites/report/dist of the workspace)', folderReader))
    .addHelpText('after', examples('ncnet serve --port 8080'))
    .action(run);
}

async function run({ port, dir }: ServeFlags): Promise<void> {
  const [{ findWorkspace }, { startServer }] = await Promise.all([import('runner'), import('../static-server.ts')]);
  const folder =
    dir === undefined ? join(findWorkspace(process.cwd()) ?? process.cwd(), 'sites/report/dist') : resolve(dir);
  const server = await startServer(folder, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new UsageError(`--dir: expected a built site at ${folder}, got none; run \`npm run build\` first`);
    if (error.code === 'ENOTDIR')
      throw new UsageError(`--dir: expected a folder, got the file ${folder}; name the folder that holds it`);
    if (error.code === 'EADDRINUSE')
      throw new UsageError(
        `--port: expected a free port, got ${port}, which another program uses; choose one, as in --port ${port + 1}, or 0`,
      );
    if (error.code === 'EACCES')
      throw new UsageError(`--port: expected a port that this user may open, got ${port}; choose one above 1023`);
    throw error;
  });
  process.stdout.write(`${server.url}  (${folder}; Ctrl-C stops)\n`);
  await new Promise<void>((done) => process.once('SIGINT', done).once('SIGTERM', done));
  await server.close();
}
