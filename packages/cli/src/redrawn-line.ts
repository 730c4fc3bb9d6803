// A line of progress on stderr: nothing for the first second, then redrawn on a terminal, or a plain one every five seconds.

export interface RedrawnLineOptions {
  stream?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  now?: () => number; // milliseconds
}

export interface RedrawnLine {
  /** Writes the line if it is due. @param text from the seconds since the start */
  draw(text: (seconds: number) => string): void;
  end(): void;
}

const QUIET_MS = 1000; // shorter work needs no progress
const REDRAW_MS = 200;
const PLAIN_MS = 5000;

export function createRedrawnLine(options: RedrawnLineOptions): RedrawnLine {
  const { stream = process.stderr, now = () => performance.now() } = options;
  const terminal = stream.isTTY === true;
  const started = now();
  let due = started + (terminal ? QUIET_MS : PLAIN_MS);
  let shown = false;
  return {
    draw(text) {
      const time = now();
      if (time < due) return;
      due = time + (terminal ? REDRAW_MS : PLAIN_MS);
      shown = true;
      const line = text((time - started) / 1000);
      stream.write(terminal ? `\r\x1b[2K${line.slice(0, (stream.columns ?? 100) - 1)}` : `${line}\n`);
    },
    end() {
      if (shown && terminal) stream.write('\r\x1b[2K');
    },
  };
}
