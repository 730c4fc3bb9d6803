// Checks of everything that enters the dense kernel; the message names the field, what is allowed and what came.

import {
  type DenseNetwork,
  type DenseRows,
  type DenseSchedule,
  type DenseWatch,
  denseShapes,
  hiddenWidths,
} from './dense-network.ts';
import { fail } from './validate.ts';

const WORD = 2 ** 32;
const WIDEST = 65_536;
const MOST = 1024;
const MOST_STEPS = 2 ** 28;

const CHOICES = {
  activation: ['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'],
  loss: ['mse', 'half-mse', 'bce'],
  reduction: ['mean', 'sum'],
  optimizer: ['gd', 'momentum', 'adam'],
  initial: ['xavier-normal', 'uniform'],
  bias: [true, false],
  skip: [true, false],
} as const;

const FIELDS = new Set(
  [
    ...'inputs hidden heads headWeights learningRate gain dropout rows seed replica restart convolution'.split(' '),
  ].concat(Object.keys(CHOICES)),
);

function integer(field: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    fail(field, `an integer from ${low} to ${high}`, value);
  }
}

function list(field: string, value: unknown, least: number, most: number): void {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    fail(field, `a list of ${least} to ${most} entries`, Array.isArray(value) ? `a list of ${value.length}` : value);
  }
}

function widths(field: string, value: unknown, least: number): void {
  list(field, value, least, MOST - 1);
  (value as unknown[]).forEach((width, index) => {
    integer(`${field}[${index}]`, width, 1, WIDEST);
  });
}

function checkHeadWeights({ heads, headWeights }: DenseNetwork): void {
  if (headWeights === 'equal') return;
  if (!Array.isArray(headWeights) || headWeights.length !== heads.length) {
    fail('headWeights', `"equal" or a list of ${heads.length} numbers (one a head)`, headWeights);
  }
  headWeights.forEach((weight, index) => {
    if (!Number.isFinite(weight)) fail(`headWeights[${index}]`, 'a finite number', weight);
  });
}

/** Only what the convolutional network of the effective theory needs: plain gradient descent. */
function checkConvolution({ convolution, hidden, optimizer, skip, dropout }: DenseNetwork): void {
  if (convolution === undefined) return;
  if (convolution === null || typeof convolution !== 'object') {
    fail('convolution', 'an object of channels, kernel and layers', convolution);
  }
  const odd = Object.keys(convolution).find((field) => !['channels', 'kernel', 'layers'].includes(field));
  if (odd) fail('a field of convolution', 'channels, kernel or layers', odd);
  const { channels, kernel, layers } = convolution;
  integer('convolution.channels', channels, 1, WIDEST);
  integer('convolution.kernel', kernel, 1, WIDEST);
  integer('convolution.layers', layers, 1, MOST - 2);
  if (hidden.length !== 1) fail('hidden', 'one width with convolution', hidden.join(', '));
  const least = layers * (kernel - 1) + 1;
  if (hidden[0] < least) fail('hidden[0]', `at least ${least} with ${layers} convolutions of ${kernel}`, hidden[0]);
  if (optimizer !== 'gd') fail('optimizer', '"gd" with convolution', optimizer);
  if (skip) fail('skip', 'false with convolution', skip);
  if (dropout > 0) fail('dropout', '0 with convolution', dropout);
}

export function checkDenseNetwork(network: DenseNetwork): void {
  if (network === null || typeof network !== 'object') fail('network', 'an object', network);
  const odd = Object.keys(network).find((field) => !FIELDS.has(field));
  if (odd) fail('a field of the dense network', [...FIELDS].join(', '), odd);
  integer('inputs', network.inputs, 1, WIDEST);
  widths('hidden', network.hidden, 0);
  widths('heads', network.heads, 1);
  checkHeadWeights(network);
  integer('rows', network.rows, 1, WIDEST);
  for (const field of ['seed', 'replica', 'restart'] as const) integer(field, network[field], 0, WORD - 1);
  const { learningRate, gain, dropout } = network;
  if (!Number.isFinite(learningRate) || learningRate <= 0) fail('learningRate', 'a positive number', learningRate);
  if (!Number.isFinite(gain) || gain < 0) fail('gain', 'a number that is not negative', gain);
  if (!(dropout >= 0 && dropout < 1)) fail('dropout', 'a number from 0 up to, but not, 1', dropout);
  for (const [field, choices] of Object.entries(CHOICES)) {
    const value = network[field as keyof typeof CHOICES];
    if (!(choices as readonly unknown[]).includes(value)) {
      fail(field, choices.map((choice) => JSON.stringify(choice)).join(' or '), value);
    }
  }
  if (network.skip && network.hidden.some((width) => width !== network.hidden[0])) {
    fail('hidden', 'of one width with skip (the skip is an identity)', network.hidden.join(', '));
  }
  if (network.skip && dropout > 0) fail('dropout', '0 with skip', dropout);
  checkConvolution(network);
  const parameters = denseShapes(network).reduce((sum, [inputs, outputs]) => sum + (inputs + 1) * outputs, 0);
  if (parameters >= 2 ** 29) fail('the number of parameters', 'below 2^29 (2 GB)', parameters);
}

/** The number of rows of an [rows][width] array. */
export function checkRows(field: string, array: unknown, width: number): number {
  if (!(array instanceof Float32Array)) fail(field, 'a Float32Array', array);
  if (array.length === 0 || array.length % width !== 0) {
    fail(field, `one or more rows of ${width} numbers`, `${array.length} numbers`);
  }
  return array.length / width;
}

export function checkData(network: DenseNetwork, data: DenseRows): number {
  if (data === null || typeof data !== 'object') fail('data', 'an object of inputs and targets', data);
  const outputs = network.heads.reduce((sum, width) => sum + width, 0);
  const rows = checkRows('inputs', data.inputs, network.inputs);
  const targetRows = checkRows('targets', data.targets, outputs);
  if (rows !== targetRows) fail('targets', `${rows} rows, as many as inputs`, `${targetRows} rows`);
  if (network.loss === 'bce') {
    const wrong = data.targets.find((target) => !(target >= 0 && target <= 1));
    if (wrong !== undefined) fail('targets', 'from 0 to 1 with bce', wrong);
  }
  return rows;
}

export function checkBatch(network: DenseNetwork, rows: number): void {
  if (rows > network.rows) fail('a batch', `at most ${network.rows} rows (network.rows)`, rows);
}

/** The steps and the rows of a step. */
export function checkSchedule(network: DenseNetwork, rows: number, schedule: DenseSchedule): [number, number] {
  if (schedule === null || typeof schedule !== 'object') fail('schedule', '{ steps } or { batch, order }', schedule);
  if ('steps' in schedule) {
    integer('steps', schedule.steps, 0, MOST_STEPS);
    checkBatch(network, rows);
    return [schedule.steps, rows];
  }
  const { batch, order } = schedule;
  integer('batch', batch, 1, network.rows);
  if (!(order instanceof Uint32Array) || order.length % batch !== 0) {
    fail('order', `a Uint32Array of whole batches of ${batch}`, order?.length ?? order);
  }
  const wrong = order.find((row) => row >= rows);
  if (wrong !== undefined) fail('order', `of row numbers below ${rows}`, wrong);
  return [order.length / batch, batch];
}

/** The layers, by number. */
export function checkLayers(field: string, layers: readonly number[], most: number): void {
  list(field, layers, 0, MOST);
  layers.forEach((layer, index) => {
    integer(`${field}[${index}]`, layer, 0, most);
  });
}

export function checkWatch(network: DenseNetwork, rows: number, watch: DenseWatch): void {
  list('watch.pairs', watch.pairs, 0, 2 ** 20);
  watch.pairs.forEach((pair, index) => {
    list(`watch.pairs[${index}]`, pair, 2, 2);
    for (const row of pair) integer(`a row of watch.pairs[${index}]`, row, 0, rows - 1);
  });
  if (watch.layers !== 'all') checkLayers('watch.layers', watch.layers, hiddenWidths(network).length);
}
