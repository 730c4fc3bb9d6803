// How much memory a process takes that trains a lora cell: an estimate, so that no more of them start than fit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveModel } from '../data/models.ts';
import type { LoraCell } from '../lora/cell.ts';
import { type BertConfig, parseConfig } from './config.ts';

// Largest resident sets on tensorflow, in GB: MiniLM 2.2 (last two layers, 32 rows of 24 tokens) and 3.6 (all layers, 32 of 64),
// multilingual-e5-small 3.6 (last layer, 16 of 24) and 9.2 (all layers, 32 of 64). The estimates: 2.3, 4.8, 3.9, 9.5.
const PROCESS = 1.5e9; // libraries, rows, states of the frozen layers
const COPIES = 5; // of the base's weights, while they are read
const NUMBERS = 75; // kept for a token in a trained layer, in hidden sizes

const configs = new Map<string, BertConfig>(); // of bases: to find one by its name reads and hashes its weights

function configOf(base: string): BertConfig {
  const known = configs.get(base);
  if (known !== undefined) return known;
  const file = join(resolveModel(base), 'config.json');
  const config = parseConfig(readFileSync(file, 'utf8'), file);
  configs.set(base, config);
  return config;
}

/** @returns bytes @throws BertInputError or DataError without the base */
export function loraMemory({ base, layers, batch, parts, maxLength }: LoraCell): number {
  const config = configOf(base);
  const { hidden_size: hidden, num_hidden_layers: depth, intermediate_size: inner, vocab_size: words } = config;
  const weights = hidden * (words + config.max_position_embeddings + depth * (4 * hidden + 2 * inner));
  const trained = depth - (layers === null ? 0 : Math.min(...layers));
  const tokens = 2 * Math.ceil(batch / parts) * maxLength; // of both tasks
  return PROCESS + 4 * (COPIES * weights + NUMBERS * hidden * tokens * trained);
}
