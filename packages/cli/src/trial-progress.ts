// Progress of reading trials on stderr: nothing for the first seconds, then one redrawn line on a terminal or a plain one.

export interface TrialProgressOptions {
  size: number | null; // bytes of the file, null for a pipe
  stream?: { write(text: string): unknown; isTTY?: boolean };
  now?: () => number; // milliseconds
  label?: string;
}

export interface TrialProgress {
  advance(bytes: number, trials: number): void; // read in all so far
  end(): void;
}

const QUIET_MS = 1000; // shorter work needs no progress
const REDRAW_MS = 200;
const PLAIN_MS = 5000;

export function createTrialProgress(options: TrialProgressOptions): TrialProgress {
  const { size, stream = process.stderr, now = () => performance.now(), label = 'ncnet analyse' } = options;
  const terminal = stream.isTTY === true;
  const started = now();
  let due = started + (terminal ? QUIET_MS : PLAIN_MS);
  let shown = false;
  return {
    advance(bytes, trials) {
      const time = now();
      if (time < due) return;
      due = time + (terminal ? REDRAW_MS : PLAIN_MS);
      shown = true;
      const seconds = (time - started) / 1000;
      const share = size === null || size === 0 ? null : Math.min(1, bytes / size);
      const parts = [`${label}: ${share === null ? '' : `${Math.floor(100 * share)} %  `}${millions(trials)} trials`];
      parts.push(`${millions(trials / seconds)} trials/s`);
      if (share !== null && share > 0) parts.push(`ETA ${Math.ceil((seconds * (1 - share)) / share)} s`);
      stream.write(terminal ? `\r\x1b[2K${parts.join('  ')}` : `${parts.join('  ')}\n`);
    },
    end() {
      if (shown && terminal) stream.write('\r\x1b[2K');
    },
  };
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`;
}
