// Progress of a sweep on stderr: one redrawn line on a terminal, otherwise a plain line every few seconds and at the end.

export interface ProgressTotals {
  blocks: number;
  cost: number; // relative cost of all blocks, for the time left
}

export interface ProgressStep {
  steps: number; // training steps since the last call
  cost: number;
  computed: boolean;
  block?: boolean; // false: in the middle of one
  earlier?: boolean; // trained before this run and found unfinished: progress, but not speed
}

export interface Progress {
  begin(totals: ProgressTotals): void;
  advance(step: ProgressStep): void;
  end(): void;
}

export const silentProgress: Progress = { begin() {}, advance() {}, end() {} };

export interface ProgressOptions {
  stream?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  now?: () => number; // milliseconds
  label?: string;
  everySeconds?: number; // between plain lines
}

export function createProgress(options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, now = () => performance.now(), label = 'ncnet', everySeconds = 5 } = options;
  const terminal = stream.isTTY === true;
  let totals: ProgressTotals = { blocks: 0, cost: 0 };
  let started = 0;
  let shown = 0;
  let blocks = 0;
  let cached = 0;
  let steps = 0;
  let cost = 0;
  let computedCost = 0;
  let prepared = { seconds: 0, cost: 0 }; // what training does before its first report is no speed
  let timer: NodeJS.Timeout | undefined;

  const line = (): string => {
    const seconds = (now() - started) / 1000;
    const fraction = totals.cost > 0 ? Math.min(1, cost / totals.cost) : 1;
    const parts = [`${label}: ${bar(fraction)} ${String(Math.floor(100 * fraction)).padStart(3)} %`];
    parts.push(`${blocks}/${totals.blocks} blocks${cached > 0 ? `, ${cached} from the store` : ''}`);
    if (steps > 0 && seconds > 0) parts.push(`${formatCount(steps / seconds)} replica-steps/s`);
    const timedCost = computedCost - prepared.cost;
    if (timedCost > 0 && fraction < 1) {
      parts.push(`ETA ${formatSeconds(((totals.cost - cost) / timedCost) * (seconds - prepared.seconds))}`);
    } else if (fraction === 1) parts.push(`${seconds.toFixed(1)} s`);
    return parts.join('  ');
  };
  const draw = (): void => {
    shown = now();
    const text = line();
    stream.write(terminal ? `\r\x1b[2K${text.slice(0, (stream.columns ?? 100) - 1)}` : `${text}\n`);
  };

  return {
    begin(given) {
      totals = given;
      started = now();
      shown = started;
      if (terminal) timer = setInterval(draw, 1000).unref();
    },
    advance(step) {
      if (step.block ?? true) {
        blocks++;
        if (!step.computed) cached++;
      }
      cost += step.cost;
      if (step.computed && !step.earlier) {
        if (computedCost === 0 && step.block === false)
          prepared = { seconds: (now() - started) / 1000, cost: step.cost };
        steps += step.steps;
        computedCost += step.cost;
      }
      if (now() - shown >= (terminal ? 100 : 1000 * everySeconds)) draw();
    },
    end() {
      clearInterval(timer);
      if (totals.blocks === 0) return;
      draw();
      if (terminal) stream.write('\n');
    },
  };
}

function bar(fraction: number, width = 20): string {
  const full = Math.floor(fraction * width);
  return `[${'='.repeat(full)}${' '.repeat(width - full)}]`;
}

/** A number to three digits with k, M, G, T. */
export function formatCount(value: number): string {
  const units = ['', ' k', ' M', ' G', ' T'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const whole = unit === 0 && (Number.isInteger(value) || value >= 99.95);
  return `${whole ? Math.round(scaled) : scaled.toPrecision(3)}${units[unit]}`;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 99.5) return `${Math.ceil(seconds)} s`;
  if (seconds < 5970) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
