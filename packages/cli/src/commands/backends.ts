// ncnet backends: what this machine can compute on, and the command that enables the rest.
import type { Command } from 'commander';
import { examples } from '../help.ts';
import { exitOnInterrupt } from '../interrupt.ts';
import { type Column, formatTable, wantsColour } from '../table.ts';

const NOTES = `
kernel trains the networks of the reports, bit for bit the same on every machine. The others compute BERT encoders;
--backend of \`ncnet bert\` takes their names. Each is started in a process of its own. More: docs/backends.md`;

/** The kernel and every backend alike. */
interface Row {
  name: string;
  available: boolean;
  device: string | null;
  versions: Record<string, string>;
  reason: string | null;
  enable: string | null;
}

export function addBackends(program: Command): void {
  program
    .command('backends')
    .description('Show what this machine can compute on: kernel, wasm, tensorflow, tensorflow-gpu, webgpu, cpu.')
    .option('--json', 'print one JSON object on stdout: node, platform, backends of name, available, device, ...')
    .addHelpText('after', `${NOTES}\n${examples('ncnet backends')}`)
    .action(run);
}

async function run({ json }: { json?: boolean }): Promise<void> {
  const release = exitOnInterrupt('ncnet backends: interrupted');
  try {
    const { reportBackends } = await import('ncnet/bert');
    const rows: Row[] = [await kernelRow(), ...(await reportBackends())];
    if (json) {
      const { version: node, platform, arch } = process;
      process.stdout.write(`${JSON.stringify({ node, platform: `${platform} ${arch}`, backends: rows })}\n`);
    } else process.stdout.write(backendTable(rows, wantsColour()));
  } finally {
    release();
  }
}

async function kernelRow(): Promise<Row> {
  const row = { name: 'kernel', versions: {}, reason: null, enable: null };
  try {
    const [{ readKernel }, { openKernel }] = await Promise.all([import('core-wasm/node'), import('core-wasm')]);
    const { bytes, sha256 } = readKernel();
    await openKernel(bytes);
    return { ...row, available: true, device: 'CPU, WASM SIMD', versions: { kernel: sha256 } };
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    return { ...row, available: false, device: null, reason, enable: 'run `npm run build`' };
  }
}

function backendTable(rows: Row[], bold: boolean): string {
  const columns: Column<Row>[] = [
    { title: 'backend', align: 'left', text: ({ name }) => name },
    { title: 'here', align: 'left', text: ({ available }) => (available ? 'yes' : 'no') },
    { title: 'device, or why not', align: 'left', text: ({ device, reason }) => device ?? reason ?? '-' },
    {
      title: 'versions, or what enables it',
      align: 'left',
      text: ({ available, versions, enable }) => (available ? versionWords(versions) : (enable ?? '-')),
    },
  ];
  return formatTable(rows, columns, { bold });
}

function versionWords(versions: Record<string, string>): string {
  const words = Object.entries(versions).map(
    ([name, version]) => `${name} ${/^[0-9a-f]{64}$/.test(version) ? version.slice(0, 12) : version}`,
  );
  return words.join(', ');
}
