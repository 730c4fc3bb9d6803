// A cross-check for people: one line a backend with its largest differences, the tolerances, what was absent and why.
import { cpus } from 'node:os';
import type { CheckedBackend, Crosscheck } from 'ncnet/bert';
import { type Column, formatTable, wantsColour } from './table.ts';

export interface MachineCrosscheck extends Crosscheck {
  machine: { cpu: string; cores: number; node: string; platform: string; date: string };
}

export function withMachine(result: Crosscheck): MachineCrosscheck {
  const all = cpus();
  const { version: node, platform, arch } = process;
  const cpu = all[0]?.model.trim() ?? 'unknown CPU';
  return {
    machine: { cpu, cores: all.length, node, platform: `${platform} ${arch}`, date: new Date().toISOString() },
    ...result,
  };
}

export function crosscheckText(result: Crosscheck): string {
  const { tolerances, absent, failed, model } = result;
  const bold = wantsColour();
  const lines = [
    `A BERT of ${model.layers} layers, hidden ${model.hidden}; ${model.parameters} trained numbers; ${model.steps} steps. Largest differences from float64:`,
    '',
    formatTable(rowsOf(result), COLUMNS, { bold }).trimEnd(),
    '',
    'A number in the row `allowed` is the tolerance; ! marks what exceeds it. A/A: the same backend twice; A/B: the other',
    'backend that is farthest away; both are the largest difference of a weight within the steps.',
  ];
  const worst = result.backends.flatMap(({ backend, differences }) =>
    differences.ops
      .filter(({ share }) => !(share <= 1))
      .map(
        ({ op, worst: at }) =>
          `${backend}, ${op}: at ${at.index} got ${at.got} for ${at.exact}; its inputs are in --json`,
      ),
  );
  if (worst.length > 0) lines.push('', ...worst);
  if (absent.length > 0)
    lines.push('', ...absent.map(({ name, reason, enable }) => `not here: ${name}: ${reason}; ${enable}`));
  if (failed.length > 0) lines.push('', ...failed.map(({ reason }) => `no answer: ${reason}`));
  lines.push(
    '',
    result.passed ? 'All tolerances kept.' : 'FAILED: a tolerance is exceeded, or a backend gave no answer.',
  );
  if (absent.length > 0) lines.push(`Nothing is said about ${absent.map(({ name }) => name).join(', ')}.`);
  return `${lines.join('\n')}\n`;

  function rowsOf({ backends }: Crosscheck): Row[] {
    return [
      { name: 'allowed', device: '', tolerances },
      ...backends.map((checked) => ({ name: checked.backend, device: checked.device, checked })),
    ];
  }
}

interface Row {
  name: string;
  device: string;
  checked?: CheckedBackend;
  tolerances?: Crosscheck['tolerances'];
}

const small = (value: number): string => value.toExponential(1);
const marked = (value: number, kept: boolean): string => `${small(value)}${kept ? ' ' : '!'}`;

/** A measured number, or its tolerance in the first row. */
function column(
  title: string,
  measured: (checked: CheckedBackend) => string,
  allowed: (tolerances: Crosscheck['tolerances']) => string,
): Column<Row> {
  return { title, text: ({ checked, tolerances }) => (checked ? measured(checked) : allowed(tolerances!)) };
}

const COLUMNS: Column<Row>[] = [
  { title: 'backend', align: 'left', text: ({ name }) => name },
  column(
    'op',
    ({ differences, passed }) => marked(Math.max(...differences.ops.map(({ largest }) => largest)), passed.ops),
    ({ opAbsolute, opRelative }) => `${small(opAbsolute)}+${small(opRelative)}|x| `,
  ),
  column(
    'forward',
    ({ differences, passed }) => marked(differences.forward.largest, passed.forward),
    (t) => `${small(t.forward)} `,
  ),
  column(
    '1-cos',
    ({ differences, passed }) => marked(differences.gradient.cosine, passed.gradient),
    (t) => `${small(t.gradientCosine)} `,
  ),
  column(
    'gradient',
    ({ differences, passed }) => marked(differences.gradient.largest, passed.gradient),
    (t) => `${small(t.gradient)} `,
  ),
  column(
    'step',
    ({ differences, passed }) => marked(differences.step, passed.step),
    (t) => `${small(t.step)} `,
  ),
  column(
    'steps',
    ({ differences, passed }) => marked(differences.steps.largest, passed.steps),
    (t) => `${small(t.steps)} `,
  ),
  column(
    'A/A',
    ({ differences }) => small(differences.steps.again),
    () => '-',
  ),
  column(
    'A/B',
    ({ apart, passed }) =>
      Object.keys(apart).length === 0 ? '-' : marked(Math.max(...Object.values(apart)), passed.apart),
    (t) => `${small(t.apart)} `,
  ),
  { title: 'device', align: 'left', text: ({ device }) => device },
];
