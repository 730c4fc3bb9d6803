// All benches, one after the other: npm run bench [-- NAMES] [--peers python] [--only NAMES] [--rounds R] [--json FILE] [--save]
// Two more run where they are named, for they want TensorFlow and all-MiniLM-L6-v2: `bert` times BERT's training step beside
// PyTorch's, `tasks` trains every embedded task.
// --peers python adds the Python peers to the JavaScript and native ones; --save writes bench/results/ and the tables of docs/, and
// keeps the ratios to the kernel's prototypes, which are not in this repository.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepRatios } from './kept-ratios.mjs';

const HELP = `npm run bench -- [NAMES] [flags]
Times this project's programs beside their peers; prints ratios and whether they keep to their bars (exit 1 where one
does not); the bars of the peers stand on the page Kernel of the site.

  NAMES            kernel dense accuracy growth whole-job peers (all of these by default), bert, tasks; or --only NAME,NAME
  --peers P        js (default) or python: the Python peers as well, where they are installed
  --rounds R       rounds of every timed bench
  --json FILE      writes all results to one file
  --save           writes bench/results/ and the measured tables of docs/
  -h, --help       this text

bert and tasks need TensorFlow (npm run setup:tensorflow) and all-MiniLM-L6-v2 (npx ncnet model add all-MiniLM-L6-v2).
`;
const KERNEL = ['kernel', 'dense', 'accuracy', 'growth', 'whole-job', 'peers'];
const BENCHES = [...KERNEL, 'bert', 'tasks'];
const WITHOUT_ROUNDS = ['accuracy', 'tasks'];

function fail(line) {
  console.error(`bench: ${line}`);
  process.exit(2);
}

let values;
let positionals;
try {
  ({ values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: 'js' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }));
} catch (error) {
  fail(
    `${error.message.split('\n')[0]}; flags: --peers js|python, --only ${BENCHES.join(',')}, --rounds R, --json FILE, --save`,
  );
}
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const named = [...positionals, ...(values.only?.split(',') ?? [])];
const chosen = named.length > 0 ? named : KERNEL;
const unknown = chosen.find((name) => !BENCHES.includes(name));
if (unknown !== undefined) fail(`expected names out of ${BENCHES.join(', ')}, got "${unknown}"`);
if (!['js', 'python'].includes(values.peers)) fail(`expected --peers js or python, got "${values.peers}"`);
if (values.rounds !== undefined && !/^[1-9]\d{0,3}$/.test(values.rounds)) {
  fail(`expected --rounds from 1 to 9999, got "${values.rounds}"`);
}

const folder = mkdtempSync(join(tmpdir(), 'ncnet-bench-'));
const file = (name) => join(folder, `${name}.json`);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
function save(name) {
  const committed = new URL(`results/${name}.json`, import.meta.url);
  if (name !== 'kernel') copyFileSync(file(name), committed);
  else writeFileSync(committed, `${JSON.stringify(keepRatios(read(file(name)), read(committed)), null, 2)}\n`);
}
let failed = 0;
try {
  for (const name of BENCHES.filter((each) => chosen.includes(each))) {
    const flags = ['--json', file(name)];
    if (values.rounds !== undefined && !WITHOUT_ROUNDS.includes(name)) flags.push('--rounds', values.rounds);
    if (name === 'bert') flags.push('--peers', values.peers);
    if (name === 'peers') flags.push('--peers', values.peers === 'python' ? 'js,python' : 'js');
    console.log(`\n== ${name}`);
    const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
    const { status, signal } = spawnSync(process.execPath, [script, ...flags], { stdio: 'inherit' });
    if (signal !== null) process.exit(130);
    if (status !== 0) failed++;
  }
  const written = BENCHES.filter((name) => existsSync(file(name)));
  if (values.json !== undefined) {
    const all = written.map((name) => [name, read(file(name))]);
    writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  }
  if (values.save) {
    for (const name of written) save(name);
    spawnSync(process.execPath, [fileURLToPath(new URL('docs.mjs', import.meta.url))], { stdio: 'inherit' });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed > 0) console.error(`${failed} of the benches missed a bar or failed`);
process.exitCode = failed > 0 ? 1 : 0;
