// The dense cell: one deep network on a few points, as the effective theory of representation learning asks for it.
import { z } from 'zod';
import { allPairs, dataSize, hiddenLayers } from './size.ts';

const finite = z.number().finite();
const points = z.array(z.array(finite).min(1).max(4096)).max(1024);

const batches = {
  batch: z.int().min(1).max(4096), // rows of a step; an epoch is as many whole batches as the rows fill, in a fresh order
  watch: z.array(z.int().min(0)).min(2).max(512), // rows whose outputs and distances are probed
};

/** Rows that are not listed in the cell: trained in batches, a few of them watched. */
export const DenseSource = z.discriminatedUnion('source', [
  // the first images of the training set, pixels (p / 255 - .1307) / .3081, ten targets of 0 and 1; the test set is held out
  z.strictObject({ source: z.literal('mnist'), images: z.int().min(2).max(60_000), ...batches }),
  // side^2 Gaussian blobs on pixels^2 pixels in two contexts: the target is the blob's x in the first, its y in the second
  z.strictObject({
    source: z.literal('blobs'),
    side: z.int().min(2).max(100),
    pixels: z.int().min(2).max(28),
    ...batches,
  }),
]);
export type DenseSource = z.infer<typeof DenseSource>;

/** What a dense network is trained on, how, and what is read while it trains. Time is in steps; a step's length is learningRate. */
export const DenseCell = z
  .strictObject({
    kind: z.literal('dense'),
    inputs: points, // [rows][inputs]; none with data
    targets: points, // [rows][outputs], the heads side by side; none with data
    data: DenseSource.optional(),
    heads: z.array(z.int().min(1)).min(1).max(16), // outputs of each head
    depth: z.int().min(1).max(200), // hidden layers
    width: z.int().min(1).max(4096), // of every hidden layer; with convolution of the first
    // depth + 1 valid convolutions along the first hidden layer, hidden layers 1 to depth + 1: from one channel to `channels`
    // and in the end to one; each is kernel - 1 positions shorter than the one below. By gd, on rows that are listed
    convolution: z.strictObject({ channels: z.int().min(1).max(1024), kernel: z.int().min(1).max(1024) }).optional(),
    activation: z.enum(['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish']),
    skip: z.boolean(), // from the third hidden layer on, the layer two below is added
    dropout: finite.min(0).lt(1), // of every number that enters a dense map, while training
    initial: z.enum(['xavier-normal', 'uniform']),
    gain: finite.positive().max(1e6), // factor of the initial weights
    bias: z.boolean(), // zero at the start with xavier-normal
    loss: z.enum(['half-mse', 'mse']), // mean over rows
    reduction: z.enum(['mean', 'sum']), // over the outputs of a head
    optimizer: z.enum(['gd', 'momentum', 'adam']),
    learningRate: finite.positive().max(1e6),
    steps: z.int().min(1).max(1_000_000), // at most
    stopLoss: finite.min(0), // training ends within 10 steps (with data: a moment) of a loss, summed over heads, of at most this
    pairs: z.array(z.tuple([z.int().min(0), z.int().min(0)])).max(4096), // rows whose distance is probed; none with data, where all pairs of watched rows are
    layers: z.array(z.int().min(0)).min(1).max(202), // hidden layers probed, the first is 0
    samples: z.int().min(2).max(4096), // moments kept, evenly spaced: at least so many where there are so many steps
    tangents: z.int().min(1).max(4096).optional(), // n: the heads' gradients are read at every step up to n, then at steps an n-th apart; the tangent kernels at both ends
    seed: z.int().min(0).max(0xffffffff),
    backend: z.literal('dense-wasm'),
    dtype: z.literal('f32'),
  })
  .superRefine((cell, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const outputs = cell.heads.reduce((sum, width) => sum + width, 0);
    const depth = hiddenLayers(cell);
    const layer = cell.layers.find((number) => number >= depth);
    if (layer !== undefined) issue('layers', `expected hidden layers below ${depth}, got ${layer}`);
    if (cell.convolution !== undefined) {
      const least = (cell.depth + 1) * (cell.convolution.kernel - 1) + 1;
      if (cell.width < least)
        issue(
          'width',
          `expected at least ${least}, so that ${cell.depth + 1} convolutions of ${cell.convolution.kernel} leave a position, got ${cell.width}`,
        );
      if (cell.optimizer !== 'gd') issue('optimizer', `expected gd with convolution, got ${cell.optimizer}`);
      if (cell.skip) issue('skip', 'expected false with convolution, got true');
      if (cell.dropout > 0) issue('dropout', `expected 0 with convolution, got ${cell.dropout}`);
      if (cell.data !== undefined)
        issue('data', `expected none with convolution, got ${cell.data.source}; list the rows`);
      if (cell.tangents !== undefined) issue('tangents', `expected none with convolution, got ${cell.tangents}`);
    }
    if (cell.skip && cell.dropout > 0) issue('dropout', `expected 0 with skip, got ${cell.dropout}`);
    if (cell.tangents !== undefined && cell.dropout > 0)
      issue('dropout', `expected 0 with tangents, got ${cell.dropout}`);
    if (cell.tangents !== undefined && cell.data !== undefined)
      issue(
        'tangents',
        `expected listed rows, got data ${cell.data.source}; list inputs and targets, or leave tangents out`,
      );
    if (cell.data !== undefined) {
      const size = dataSize(cell.data);
      for (const key of ['inputs', 'targets', 'pairs'] as const)
        if (cell[key].length > 0) issue(key, `expected none with data, got ${cell[key].length}`);
      if (outputs !== size.outputs)
        issue('heads', `expected ${size.outputs} outputs with ${cell.data.source}, got ${outputs}`);
      const wrong = cell.data.watch.find((row) => row >= size.rows);
      if (wrong !== undefined) issue('data.watch', `expected rows below ${size.rows}, got ${wrong}`);
      if (cell.data.batch > size.rows) issue('data.batch', `expected at most ${size.rows}, got ${cell.data.batch}`);
      return;
    }
    if (cell.inputs.length < 2) issue('inputs', `expected two rows or more, got ${cell.inputs.length}`);
    if (cell.pairs.length < 1) issue('pairs', 'expected a pair or more, got none');
    if (cell.inputs.length !== cell.targets.length)
      issue('targets', `expected ${cell.inputs.length} rows, as many as inputs, got ${cell.targets.length}`);
    if (cell.inputs.some((row) => row.length !== cell.inputs[0].length))
      issue('inputs', `expected rows of ${cell.inputs[0].length} numbers, got rows of different lengths`);
    if (cell.targets.some((row) => row.length !== outputs))
      issue('targets', `expected rows of ${outputs} numbers, the outputs of all heads, got another length`);
    const row = cell.pairs.flat().find((number) => number >= cell.inputs.length);
    if (row !== undefined) issue('pairs', `expected rows below ${cell.inputs.length}, got ${row}`);
  });
export type DenseCell = z.infer<typeof DenseCell>;

const shape = DenseCell.shape;

/** The two points of the paper: |dx|^2 = 1 and |dy*|^2 = 1/2, one input, one output. */
export const TWO_POINTS = { inputs: [[-1], [0]], targets: [[0.6], [0.6 + Math.SQRT1_2]] };

/** What an experiment writes; anything left out is the paper's default network on the paper's two points. */
export const DenseCellInput = z.strictObject({
  inputs: shape.inputs.optional(),
  targets: shape.targets.optional(),
  data: shape.data,
  heads: shape.heads.default([1]),
  depth: shape.depth.default(20),
  width: shape.width.default(500),
  convolution: shape.convolution,
  activation: shape.activation.default('leaky-relu'),
  skip: shape.skip.default(false),
  dropout: shape.dropout.default(0),
  initial: shape.initial.default('xavier-normal'),
  gain: shape.gain.default(1),
  bias: shape.bias.default(true),
  loss: shape.loss.default('half-mse'),
  reduction: shape.reduction.default('mean'),
  optimizer: shape.optimizer.default('gd'),
  learningRate: shape.learningRate.default(0.01),
  steps: shape.steps.default(6000),
  stopLoss: shape.stopLoss.default(1e-6),
  pairs: shape.pairs.optional(), // all pairs of rows
  layers: shape.layers.optional(), // all
  samples: shape.samples.default(150),
  tangents: shape.tangents,
  seed: shape.seed.default(1),
});
export type DenseCellInput = z.infer<typeof DenseCellInput>;

/** The cell of what an experiment writes: pairs and layers are listed, so that equal cells have equal bytes. */
export function makeDenseCell(input: z.input<typeof DenseCellInput>): DenseCell {
  const filled = DenseCellInput.parse(input);
  const { inputs, targets } = filled.data === undefined ? TWO_POINTS : { inputs: [], targets: [] };
  const rows = { inputs, targets, ...filled };
  const pairs = filled.data === undefined ? allPairs(rows.inputs.length) : [];
  const layers = [...new Array(hiddenLayers(filled)).keys()];
  return DenseCell.parse({ pairs, layers, ...rows, kind: 'dense', backend: 'dense-wasm', dtype: 'f32' });
}
