// The work of `ncnet bert embed`: every input is checked before a weight is read, and nothing is printed on stdout.
import {
  type BertBackendChoice,
  type BertBackendName,
  type BertFolder,
  createEncoder,
  type Embedding,
  type Encoding,
  embedRows,
  hashWeights,
  openAdapter,
  openBertBackend,
  openBertFolder,
  readAdapter,
} from 'ncnet/bert';
import { openBase } from './base.ts';
import { UsageError } from './flags.ts';
import { readTextLines, type TextRow } from './text-lines.ts';
import { createTextProgress } from './text-progress.ts';

export interface EmbedRequest {
  base: string; // folder, name of a model, or auto
  input: string;
  adapter?: string; // folder
  backend: BertBackendChoice;
  maxLength?: number;
}

export interface Embedded {
  rows: (Encoding & Embedding)[];
  base: string;
  backend: BertBackendName;
  device: string;
}

export async function embedTexts(request: EmbedRequest): Promise<Embedded> {
  const { base, folder } = openBase('ncnet bert embed', request.base);
  const model = openBertFolder(folder);
  const { backend, device } = await openBertBackend(request.backend);
  const maxLength = lengthLimit(model, request.maxLength);
  const encodings = encodeTexts(model, await readTextLines(request.input), maxLength);
  const weights = model.readWeights();
  const lora = request.adapter && readAdapter(request.adapter, model.config, () => hashWeights(weights));
  const encoder = createEncoder(model.config, weights);
  const adapter = lora ? openAdapter(lora) : undefined;
  const lengths = encodings.map(({ ids }) => ids.length).sort((a, b) => b - a); // the order of the batches
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const progress = createTextProgress({ label: 'ncnet bert embed', total });
  let counted = 0;
  let tokens = 0;
  const onBatch = (done: number): void => {
    for (; counted < done; counted++) tokens += lengths[counted];
    progress.advance(done, tokens);
  };
  try {
    const padId = model.tokenizer.padId ?? model.config.pad_token_id ?? 0;
    const embeddings = await embedRows(encoder, encodings, { padId, adapter, onBatch });
    return { rows: encodings.map((encoding, i) => ({ ...encoding, ...embeddings[i] })), base, backend, device };
  } finally {
    progress.end();
    adapter?.dispose();
    encoder.dispose();
  }
}

function lengthLimit({ config, tokenizer }: BertFolder, given: number | undefined): number {
  const most = config.max_position_embeddings;
  if (given !== undefined && given > most) {
    throw new UsageError(
      `--max-length: expected at most ${most}, the max_position_embeddings of this model, got ${given}; lower it`,
    );
  }
  return given ?? Math.min(tokenizer.modelMaxLength ?? most, most);
}

function encodeTexts({ config, tokenizer, folder }: BertFolder, texts: TextRow[], maxLength: number): Encoding[] {
  const { type_vocab_size: types } = config;
  let firstCut = 0;
  let cut = 0;
  const encodings = texts.map(({ a, b, line }) => {
    let encoding: Encoding;
    try {
      encoding = tokenizer.encode(a, b, maxLength);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(`--max-length: ${error.message} (line ${line}); raise it`);
    }
    if (types > 0 && encoding.typeIds.some((type) => type >= types)) {
      throw new UsageError(`${folder}: expected single texts (type_vocab_size ${types}), got a pair; leave text_b out`);
    }
    if (encoding.cut) {
      cut++;
      firstCut ||= line;
    }
    return encoding;
  });
  if (cut > 0) {
    const which = `${cut} of ${texts.length} texts cut to ${maxLength} tokens, the first in line ${firstCut}`;
    process.stderr.write(
      `ncnet bert embed: ${which}; --max-length sets how many, at most ${config.max_position_embeddings}\n`,
    );
  }
  return encodings;
}
