// LoRA adapters as plain numbers (Hu et al. 2021, eq. 3): which dense layers get W + scaling B A, how A starts, how they merge.
import { createHash } from 'node:crypto';
import { sqrt } from '../elementary.ts';
import type { LoraTarget } from '../lora/names.ts';
import type { BertConfig } from './config.ts';
import { fault } from './errors.ts';
import { type Draws, drawUniform, STREAM } from './train-draws.ts';
import { type Weights, weightShapes } from './weights.ts';

export interface LoraConfig {
  rank: number;
  alpha: number;
  targets: readonly LoraTarget[];
  layers: readonly number[] | null; // from 0; null: all
  dropout: number; // of the input of A, in training only
  rankStabilized: boolean; // scaling alpha / sqrt(rank) (Kalajdzievski 2023) in place of alpha / rank
}

export interface LoraModule {
  inputs: number;
  outputs: number;
  rank: number;
  a: Float32Array; // [rank, inputs]
  b: Float32Array; // [outputs, rank]
}

export interface LoraAdapter {
  config: LoraConfig;
  base: string | null; // hash of the base's weights; null: a file that does not say
  modules: Map<string, LoraModule>; // by the name of the dense layer, as in weightShapes without `.weight`
}

export function scalingOf({ alpha, rank, rankStabilized }: LoraConfig): number {
  return alpha / (rankStabilized ? sqrt(rank) : rank);
}

/** Names of the dense layers that a config adapts, in the encoder's order; never the pooler. */
export function adaptedLayers(bert: BertConfig, { targets, layers }: Pick<LoraConfig, 'targets' | 'layers'>): string[] {
  return [...weightShapes(bert, false)].flatMap(([name, shape]) => {
    const [, layer, dense] = /^encoder\.layer\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
    if (dense === undefined || shape.length !== 2) return [];
    const wanted = targets.some((target) => dense.endsWith(`.${target}`));
    return wanted && (layers?.includes(Number(layer)) ?? true) ? [name.slice(0, -'.weight'.length)] : [];
  });
}

/** @throws BertInputError for a config that this encoder cannot take */
export function checkLora(bert: BertConfig, { rank, layers }: Pick<LoraConfig, 'rank' | 'layers'>): void {
  if (rank > bert.hidden_size) {
    const expected = `a rank of at most ${bert.hidden_size}, the hidden_size of this model`;
    throw fault('--rank', expected, String(rank), 'lower it');
  }
  const most = bert.num_hidden_layers - 1;
  const beyond = layers?.find((layer) => layer > most);
  if (beyond !== undefined) {
    throw fault('--layers', `layers from 0 to ${most}, which this model has`, String(beyond), 'leave it out');
  }
}

/**
 * An adapter that changes nothing yet: B = 0, and A uniform in +-1/sqrt(inputs), which is PEFT's kaiming_uniform(a = sqrt 5).
 * A of a lower rank is the top of A of a higher one, and no module's draw depends on which others are adapted.
 */
export function createAdapter(bert: BertConfig, config: LoraConfig, draws: Draws, base: string | null): LoraAdapter {
  checkLora(bert, config);
  const shapes = weightShapes(bert, false);
  const places = [...shapes.keys()];
  const modules = new Map<string, LoraModule>();
  for (const name of adaptedLayers(bert, config)) {
    const [outputs, inputs] = shapes.get(`${name}.weight`)!;
    const { rank } = config;
    const part = places.indexOf(`${name}.weight`);
    const a = drawUniform(draws, STREAM.adapter, part, rank * inputs, 1 / sqrt(inputs));
    modules.set(name, { inputs, outputs, rank, a, b: new Float32Array(outputs * rank) });
  }
  return { config, base, modules };
}

/** The base's weights with W + scaling B A in place of every adapted W; the given weights stay as they are. */
export function mergeAdapter(weights: Weights, adapter: LoraAdapter): Weights {
  const merged: Weights = new Map(weights);
  for (const [name, { inputs, outputs, rank, a, b }] of adapter.modules) {
    const given = weights.get(`${name}.weight`);
    if (given?.length !== inputs * outputs) {
      const got = given === undefined ? 'none' : `${given.length} numbers`;
      throw fault(
        'mergeAdapter',
        `${name}.weight of shape [${outputs},${inputs}]`,
        got,
        'give the base of the adapter',
      );
    }
    const scaling = scalingOf({ ...adapter.config, rank });
    const sum = new Float32Array(given.length);
    for (let i = 0; i < outputs; i++) {
      for (let j = 0; j < inputs; j++) {
        let product = 0;
        for (let k = 0; k < rank; k++) product += b[i * rank + k] * a[k * inputs + j];
        sum[i * inputs + j] = given[i * inputs + j] + scaling * product;
      }
    }
    merged.set(`${name}.weight`, sum);
  }
  return merged;
}

/** sha-256 over names and float32 bytes of the encoder, the pooler left out (no adapter of ours changes what it does). */
export function hashWeights(weights: Weights): string {
  const state = createHash('sha256');
  for (const name of [...weights.keys()].filter((key) => !key.startsWith('pooler.')).sort()) {
    const { buffer, byteOffset, byteLength } = weights.get(name)!;
    state.update(`${name}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return state.digest('hex');
}
