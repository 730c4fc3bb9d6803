// config.json of a Hugging Face BERT folder: what the encoder needs of it, checked; whatever it cannot compute is refused.
import { z } from 'zod';
import { type BertInputError, fault, shown } from './errors.ts';

const size = (max: number) => z.int().min(1).max(max);

export const ACTIVATIONS = ['gelu', 'gelu_new', 'gelu_pytorch_tanh'] as const; // the last two are one function

/** The fields that change what the encoder computes; others (dropout, dtype, versions) are ignored. */
export const BertConfig = z.object({
  model_type: z.literal('bert').default('bert'),
  vocab_size: size(1e7),
  hidden_size: size(16384),
  num_hidden_layers: size(200),
  num_attention_heads: size(1024),
  intermediate_size: size(65536),
  hidden_act: z.enum(ACTIVATIONS).default('gelu'),
  max_position_embeddings: size(1e6),
  type_vocab_size: z.int().min(0).max(1e4).default(2), // 0: no token types
  layer_norm_eps: z.number().positive().max(1).default(1e-12),
  pad_token_id: z.int().min(0).nullable().default(0),
  position_embedding_type: z.literal('absolute').default('absolute'),
  is_decoder: z.literal(false).default(false),
  add_cross_attention: z.literal(false).default(false),
});
export type BertConfig = z.infer<typeof BertConfig>;

/** @param where the file, for errors @throws BertInputError that names the field */
export function parseConfig(text: string, where: string): BertConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault(where, 'a JSON object', 'no JSON', 'download it again');
  }
  const parsed = BertConfig.safeParse(value);
  if (!parsed.success) throw describe(parsed.error.issues[0], value, where);
  const config = parsed.data;
  if (config.hidden_size % config.num_attention_heads !== 0) {
    const expected = `hidden_size ${config.hidden_size} to be a multiple of num_attention_heads`;
    throw fault(where, expected, String(config.num_attention_heads), 'check the file');
  }
  return config;
}

function describe(issue: z.core.$ZodIssue, value: unknown, where: string): BertInputError {
  const [field] = issue.path;
  if (field === undefined) return fault(where, 'a JSON object', shown(value), 'download it again');
  const got = (value as Record<string, unknown>)[String(field)];
  const expected =
    issue.code === 'invalid_value'
      ? `${String(field)} ${issue.values.join('|')}`
      : `${String(field)} to be a number in range (${issue.message.toLowerCase()})`;
  const remedy =
    issue.code === 'invalid_value' ? 'this encoder computes no other; choose another model' : 'check the file';
  return fault(where, expected, got === undefined ? 'none' : shown(got), remedy);
}
