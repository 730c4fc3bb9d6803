// LoRA adapters as PEFT writes them (0.21): adapter_config.json and adapter_model.safetensors, read and written.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../data/cache.ts';
import { LORA_TARGETS, type LoraTarget } from '../lora/names.ts';
import type { LoraAdapter, LoraModule } from './adapter.ts';
import type { BertConfig } from './config.ts';
import { type BertInputError, fault, shown } from './errors.ts';
import { openTensors, type TensorFile } from './safetensors.ts';
import { encodeTensors, type NamedTensor } from './safetensors-writer.ts';
import { weightShapes } from './weights.ts';

const CONFIG = 'adapter_config.json';
const TENSORS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';
const REMEDY = 'free some space, or choose another folder for the adapters';
/** Our own key, in the metadata of the tensors: every PEFT reads past it, whereas an unknown config key is an error in old ones. */
const BASE_KEY = 'ncnet_base_sha256';
/** Trained whole beside the adapter (modules_to_save); they belong to a task, not to the encoder. */
const HEADS = /^(classifier|score|cls|qa_outputs)\./;
const MOST = 1e6;

const OFF = z.literal(false).nullish();

/** The fields that change what an adapter computes, with the values that this encoder knows. */
const PeftConfig = z.object({
  peft_type: z.literal('LORA'),
  r: z.int().min(1).max(MOST),
  lora_alpha: z.number().min(-MOST).max(MOST),
  lora_dropout: z.number().min(0).max(1).default(0),
  use_rslora: z.boolean().default(false),
  use_dora: OFF,
  fan_in_fan_out: OFF,
  bias: z.literal('none').default('none'),
  lora_bias: OFF,
  use_qalora: OFF,
  use_bdlora: OFF,
  alora_invocation_tokens: OFF,
  arrow_config: OFF,
  kasa_config: OFF,
  rank_pattern: z.record(z.string(), z.int()).nullish(), // the tensors' shapes tell the rank of each module
  alpha_pattern: z.record(z.string(), z.never()).nullish(),
  layer_replication: OFF,
  modules_to_save: z.array(z.string()).nullish(),
});

/**
 * Reads an adapter for a base. @param baseHash of the base's weights, asked for only if the file says which base it needs
 * @throws BertInputError for whatever is no LoRA of this base
 */
export function readAdapter(folder: string, bert: BertConfig, baseHash: () => string): LoraAdapter {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw fault(folder, `a folder with ${CONFIG} and ${TENSORS}`, 'no such folder', 'give the folder of an adapter');
  }
  const peft = readConfig(join(folder, CONFIG));
  const file = openTensors(join(folder, TENSORS));
  try {
    const modules = readModules(file, bert, peft.r);
    const base = file.metadata[BASE_KEY];
    if (base !== undefined && base !== baseHash()) {
      throw fault(folder, 'the base that this adapter was trained on', 'other weights', 'give that base with --base');
    }
    const { lora_alpha: alpha, lora_dropout: dropout, use_rslora: rankStabilized } = peft;
    const layers = layersOf(modules, bert);
    const config = { rank: peft.r, alpha, dropout, rankStabilized, targets: targetsOf(modules), layers };
    return { config, base: typeof base === 'string' ? base : null, modules };
  } finally {
    file.close();
  }
}

function readConfig(file: string): z.infer<typeof PeftConfig> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw fault(file, 'the JSON object that PEFT writes', code ?? 'no JSON', 'give the whole folder of an adapter');
  }
  const parsed = PeftConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const [field] = parsed.error.issues[0].path;
  if (field === undefined) throw fault(file, 'a JSON object', shown(value), 'give the whole folder of an adapter');
  const got = (value as Record<string, unknown>)[String(field)];
  const remedy = 'this encoder computes plain LoRA only; train such an adapter';
  throw fault(file, `a ${String(field)} of plain LoRA`, got === undefined ? 'none' : shown(got), remedy);
}

/** base_model.model.[bert.]NAME.lora_A.weight [r, inputs] and lora_B.weight [outputs, r], both of every module. */
function readModules(file: TensorFile, bert: BertConfig, rank: number): Map<string, LoraModule> {
  const wrong = (expected: string, got: string): BertInputError =>
    fault(file.name, expected, got, 'give an adapter of this base');
  const shapes = weightShapes(bert, true);
  const found = new Map<string, { A?: string; B?: string }>();
  for (const key of file.entries.keys()) {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length).replace(/^bert\./, '') : '';
    if (HEADS.test(name)) continue;
    const [, dense, side] = /^(.+)\.lora_([AB])\.weight$/.exec(name) ?? [];
    if (dense === undefined || shapes.get(`${dense}.weight`)?.length !== 2 || dense.startsWith('embeddings.')) {
      throw wrong('LoRA tensors of the dense layers of this BERT', shown(key));
    }
    found.set(dense, { ...found.get(dense), [side]: key });
  }
  if (found.size === 0) throw wrong('at least one LoRA tensor', 'none');
  const modules = new Map<string, LoraModule>();
  for (const dense of [...shapes.keys()].map((name) => name.replace(/\.weight$/, ''))) {
    const pair = found.get(dense);
    if (pair === undefined) continue;
    if (pair.A === undefined || pair.B === undefined) {
      throw wrong(`lora_A and lora_B of ${dense}`, `lora_${pair.A === undefined ? 'B' : 'A'} alone`);
    }
    const [outputs, inputs] = shapes.get(`${dense}.weight`)!;
    const [a, b] = [file.entries.get(pair.A)!.shape, file.entries.get(pair.B)!.shape];
    const r = a[0] ?? rank;
    for (const [key, got, shape] of [[pair.A, a, [r, inputs]] as const, [pair.B, b, [outputs, r]] as const]) {
      if (got.join() !== shape.join()) throw wrong(`${key} of shape [${shape}]`, `[${got}]`);
    }
    const module = { inputs, outputs, rank: r, a: file.read(pair.A), b: file.read(pair.B) };
    const bad = [...module.a, ...module.b].find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw wrong(`finite numbers in the LoRA of ${dense}`, String(bad));
    modules.set(dense, module);
  }
  return modules;
}

function targetsOf(modules: ReadonlyMap<string, LoraModule>): LoraTarget[] {
  return LORA_TARGETS.filter((target) => [...modules.keys()].some((name) => name.endsWith(`.${target}`)));
}

function layersOf(modules: ReadonlyMap<string, LoraModule>, bert: BertConfig): number[] | null {
  const layers = new Set([...modules.keys()].flatMap((name) => /\.layer\.(\d+)\./.exec(name)?.[1] ?? []).map(Number));
  return layers.size === bert.num_hidden_layers ? null : [...layers].sort((a, b) => a - b);
}

/** Names and shapes as PEFT writes them for a BertModel. */
export function peftTensors(adapter: LoraAdapter): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { inputs, outputs, rank, a, b }] of adapter.modules) {
    tensors.set(`${PREFIX}${name}.lora_A.weight`, { shape: [rank, inputs], values: a });
    tensors.set(`${PREFIX}${name}.lora_B.weight`, { shape: [outputs, rank], values: b });
  }
  return tensors;
}

/** Writes an adapter that PEFT's PeftModel.from_pretrained loads. @param baseName how people call the base */
export function writeAdapter(folder: string, adapter: LoraAdapter, baseName: string | null = null): void {
  const { rank, alpha, dropout, rankStabilized, targets, layers } = adapter.config;
  const config = {
    ...{ peft_type: 'LORA', task_type: null, base_model_name_or_path: baseName, inference_mode: true },
    ...{ r: rank, lora_alpha: alpha, lora_dropout: dropout, use_rslora: rankStabilized, use_dora: false },
    ...{ target_modules: targets, exclude_modules: targets.includes('dense') ? ['pooler.dense'] : null },
    ...{ layers_to_transform: layers, bias: 'none', fan_in_fan_out: false, init_lora_weights: true },
    ...{ modules_to_save: null, rank_pattern: {}, alpha_pattern: {} },
  };
  const metadata = { format: 'pt', ...(adapter.base !== null && { [BASE_KEY]: adapter.base }) };
  writeAtomically(join(folder, TENSORS), encodeTensors(peftTensors(adapter), metadata), REMEDY);
  writeAtomically(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`, REMEDY);
}
