// Progress over texts on stderr.
import { createRedrawnLine, type RedrawnLineOptions } from './redrawn-line.ts';

export interface TextProgressOptions extends RedrawnLineOptions {
  label: string;
  total: number; // of what advance counts
}

export interface TextProgress {
  /** @param done texts, and cost of the total, finished so far */
  advance(done: number, cost: number): void;
  end(): void;
}

export function createTextProgress({ label, total, ...options }: TextProgressOptions): TextProgress {
  const line = createRedrawnLine(options);
  return {
    advance(done, cost) {
      if (cost === 0) return;
      const share = Math.min(1, cost / total);
      line.draw(
        (seconds) =>
          `${label}: ${Math.floor(100 * share)} %  ${done} texts  ${(done / seconds).toFixed(1)} texts/s  ETA ${Math.ceil((seconds * (1 - share)) / share)} s`,
      );
    },
    end: line.end,
  };
}
