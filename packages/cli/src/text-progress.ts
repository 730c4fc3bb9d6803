// Progress over texts on stderr: nothing for the first second, then one redrawn line on a terminal or a plain one.

export interface TextProgressOptions {
  label: string;
  total: number; // of what advance counts
  stream?: { write(text: string): unknown; isTTY?: boolean };
  now?: () => number; // milliseconds
}

export interface TextProgress {
  /** @param done texts, and cost of the total, finished so far */
  advance(done: number, cost: number): void;
  end(): void;
}

const QUIET_MS = 1000;
const REDRAW_MS = 200;
const PLAIN_MS = 5000;

export function createTextProgress(options: TextProgressOptions): TextProgress {
  const { label, total, stream = process.stderr, now = () => performance.now() } = options;
  const terminal = stream.isTTY === true;
  const started = now();
  let due = started + (terminal ? QUIET_MS : PLAIN_MS);
  let shown = false;
  return {
    advance(done, cost) {
      const time = now();
      if (time < due || cost === 0) return;
      due = time + (terminal ? REDRAW_MS : PLAIN_MS);
      shown = true;
      const seconds = (time - started) / 1000;
      const share = Math.min(1, cost / total);
      const line = `${label}: ${Math.floor(100 * share)} %  ${done} texts  ${(done / seconds).toFixed(1)} texts/s  ETA ${Math.ceil((seconds * (1 - share)) / share)} s`;
      stream.write(terminal ? `\r\x1b[2K${line}` : `${line}\n`);
    },
    end() {
      if (shown && terminal) stream.write('\r\x1b[2K');
    },
  };
}
