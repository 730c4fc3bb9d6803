// Every backend of this machine computes the same ops, pass, gradients and steps; all are compared with float64, and with each other.
import type { BertBackend } from './backend.ts';
import { runOnBackend } from './backend-job.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { apart, compare, type Differences, type Rung, TOLERANCES, verdicts } from './crosscheck-compare.ts';
import { descend, openReference } from './crosscheck-float64.ts';
import type { Measured } from './crosscheck-measure.ts';
import { LEARNING_RATE, MODEL, PARAMETER_COUNT, STEPS, startParameters } from './crosscheck-model.ts';
import { BERT_BACKENDS, type BertBackendName } from './names.ts';

const SECONDS = 900; // software Vulkan on a busy machine needs minutes

export interface CheckedBackend extends BertBackend {
  seconds: number;
  differences: Differences;
  passed: Record<Rung, boolean>;
  apart: Record<string, number>; // largest difference of the weights at any step from each other backend
}

export interface Crosscheck {
  model: { layers: number; hidden: number; parameters: number; steps: number; learningRate: number };
  tolerances: typeof TOLERANCES;
  backends: CheckedBackend[];
  absent: { name: BertBackendName; reason: string; enable: string }[];
  failed: { name: BertBackendName; reason: string }[]; // present, and gave no answer
  passed: boolean;
}

export interface CrosscheckOptions {
  backends?: readonly BertBackendName[]; // each must be there; default: all that are
  onStage?(text: string): void;
}

/** @throws BackendUnavailable for a backend that is asked for by name and not here */
export async function crosscheck({ backends, onStage }: CrosscheckOptions = {}): Promise<Crosscheck> {
  const measured: Measured[] = [];
  const absent: Crosscheck['absent'] = [];
  const failed: Crosscheck['failed'] = [];
  for (const name of backends ?? BERT_BACKENDS) {
    onStage?.(name);
    try {
      measured.push(await runOnBackend(name, 'crosscheck', SECONDS));
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) failed.push({ name, reason: (error as Error).message });
      else if (backends !== undefined) throw error;
      else absent.push({ name, reason: error.reason, enable: error.remedy });
    }
  }
  if (measured.length > 0) onStage?.('float64');
  const checked = measured.length > 0 ? compareAll(measured) : [];
  const { num_hidden_layers: layers, hidden_size: hidden } = MODEL;
  return {
    model: { layers, hidden, parameters: PARAMETER_COUNT, steps: STEPS, learningRate: LEARNING_RATE },
    tolerances: TOLERANCES,
    backends: checked,
    absent,
    failed,
    passed:
      failed.length === 0 && checked.length > 0 && checked.every(({ passed }) => Object.values(passed).every(Boolean)),
  };
}

function compareAll(measured: Measured[]): CheckedBackend[] {
  const model = openReference();
  const start = startParameters();
  const exact = model(Float64Array.from(start));
  const path = descend(model, start);
  return measured.map((each) => {
    const differences = compare(each, exact, path);
    const others = measured.filter((other) => other !== each);
    const distances = others.map((other) => [other.backend.backend, apart(each, other)] as const);
    const { backend, seconds } = each;
    const passed = verdicts(
      differences,
      distances.map(([, distance]) => distance),
    );
    return { ...backend, seconds, differences, passed, apart: Object.fromEntries(distances) };
  });
}
