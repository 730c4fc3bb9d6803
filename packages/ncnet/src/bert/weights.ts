// Names and shapes of a BERT's tensors, and their reading from a safetensors file: nothing missing, nothing left over.
import type { BertConfig } from './config.ts';
import { fault, shown } from './errors.ts';
import type { TensorFile } from './safetensors.ts';

/** Name without prefix -> float32 values, row-major, in the shape that weightShapes gives. */
export type Weights = Map<string, Float32Array>;

/** Heads of pre-training and of tasks that checkpoints keep beside the encoder. */
const HEADS = /^(cls|classifier|qa_outputs)\./;
const BUFFERS = /(^|\.)(position_ids|token_type_ids)$/;

/** Every tensor of the encoder with its shape; `pooler` adds the pooler's two. */
export function weightShapes(config: BertConfig, pooler: boolean): Map<string, number[]> {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const shapes = new Map<string, number[]>();
  const dense = (name: string, outputs: number, inputs: number): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]).set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  };
  shapes.set('embeddings.word_embeddings.weight', [config.vocab_size, hidden]);
  shapes.set('embeddings.position_embeddings.weight', [config.max_position_embeddings, hidden]);
  if (config.type_vocab_size > 0) {
    shapes.set('embeddings.token_type_embeddings.weight', [config.type_vocab_size, hidden]);
  }
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) dense(`${at}.attention.self.${part}`, hidden, hidden);
    dense(`${at}.attention.output.dense`, hidden, hidden);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, inner, hidden);
    dense(`${at}.output.dense`, hidden, inner);
    norm(`${at}.output.LayerNorm`);
  }
  if (pooler) dense('pooler.dense', hidden, hidden);
  return shapes;
}

/** Reads every tensor that the config asks for. @throws BertInputError that names the missing, extra or misshaped one */
export function readWeights(file: TensorFile, config: BertConfig): Weights {
  const stored = storedNames(file);
  const shapes = weightShapes(config, stored.has('pooler.dense.weight') || stored.has('pooler.dense.bias'));
  const model = 'a model of this config.json';
  for (const name of shapes.keys()) {
    if (!stored.has(name)) throw fault(file.name, `the tensor ${name}`, 'none', `give the weights of ${model}`);
  }
  for (const [name, original] of stored) {
    const shape = shapes.get(name);
    const got = file.entries.get(original)!.shape;
    if (shape === undefined) {
      throw fault(file.name, 'the tensors of a BERT encoder', `${shown(original)} too`, `give the weights of ${model}`);
    }
    if (shape.length !== got.length || shape.some((side, axis) => side !== got[axis])) {
      const expected = `${shown(original)} of shape [${shape}]`;
      throw fault(file.name, expected, `[${got}]`, `give the weights of ${model}`);
    }
  }
  const weights: Weights = new Map();
  for (const name of shapes.keys()) {
    const values = file.read(stored.get(name)!);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw fault(file.name, `finite numbers in ${name}`, `${values[wrong]} at ${wrong}`, 'download it again, in full');
    }
    weights.set(name, values);
  }
  return weights;
}

/** Our name -> the file's: without `bert.`, with the LayerNorm names of today; heads and buffers are left out. */
function storedNames(file: TensorFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const original of file.entries.keys()) {
    if (HEADS.test(original) || BUFFERS.test(original)) continue;
    const name = original
      .replace(/^bert\./, '')
      .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
      .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
    const twin = names.get(name);
    if (twin !== undefined) {
      throw fault(file.name, `the tensor ${shown(name)} once`, `${shown(twin)} and ${shown(original)}`, 'keep one');
    }
    names.set(name, original);
  }
  return names;
}
