// Progress of reading trials on stderr.
import { createRedrawnLine, type RedrawnLineOptions } from './redrawn-line.ts';

export interface TrialProgressOptions extends RedrawnLineOptions {
  size: number | null; // bytes of the file, null for a pipe
  label?: string;
}

export interface TrialProgress {
  advance(bytes: number, trials: number): void; // read in all so far
  end(): void;
}

export function createTrialProgress(options: TrialProgressOptions): TrialProgress {
  const { size, label = 'ncnet analyse', ...rest } = options;
  const line = createRedrawnLine(rest);
  return {
    advance(bytes, trials) {
      line.draw((seconds) => {
        const share = size === null || size === 0 ? null : Math.min(1, bytes / size);
        const parts = [`${label}: ${share === null ? '' : `${Math.floor(100 * share)} %  `}${millions(trials)} trials`];
        parts.push(`${millions(trials / seconds)} trials/s`);
        if (share !== null && share > 0) parts.push(`ETA ${Math.ceil((seconds * (1 - share)) / share)} s`);
        return parts.join('  ');
      });
    },
    end: line.end,
  };
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`;
}
