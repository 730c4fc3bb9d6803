// Checks of everything that enters the kernel; the message names the field, what is allowed and what came.

import type { Network, ReplicaRange, TrainRequest } from './network.ts';

const WORD = 2 ** 32;
const MAX_STEPS = 1_000_000_000;

const CHOICES = {
  activation: ['sigmoid', 'tanh', 'relu'],
  loss: ['bce', 'mse'],
  optimizer: ['gd', 'momentum', 'adam'],
  batch: ['full', 1],
  coding: ['pm', '01'],
  sharing: ['shared', 'separate', 'frozen', 'only-a'],
  dtype: ['f32', 'f64'],
  lossSteps: ['none', 'half', 'all'],
  cosine: [true, false],
} as const;

export function fail(field: string, expected: string, got: unknown): never {
  const shown = typeof got === 'string' ? JSON.stringify(got) : String(got);
  throw new Error(`core-wasm: ${field} must be ${expected}, got ${shown}`);
}

function integer(field: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    fail(field, `an integer from ${low} to ${high}`, value);
  }
}

function positive(field: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) fail(field, 'a positive number', value);
}

export function checkNetwork(network: Network): void {
  if (network === null || typeof network !== 'object') fail('network', 'an object', network);
  integer('inputs', network.inputs, 1, 6);
  integer('hidden', network.hidden, 1, 64);
  integer('steps', network.steps, 0, MAX_STEPS);
  integer('seed', network.seed, 0, WORD - 1);
  positive('learningRate', network.learningRate);
  if (typeof network.gain !== 'number' || !Number.isFinite(network.gain) || network.gain < 0) {
    fail('gain', 'a number that is not negative', network.gain);
  }
  if (network.trainRows !== 'all') integer("trainRows ('all' aside)", network.trainRows, 1, 1 << network.inputs);
  for (const [field, choices] of Object.entries(CHOICES)) {
    const value = network[field as keyof typeof CHOICES];
    if (!(choices as readonly unknown[]).includes(value)) {
      fail(field, choices.map((choice) => JSON.stringify(choice)).join(' or '), value);
    }
  }
}

export function checkRange({ firstReplica, replicas, restart }: ReplicaRange): void {
  integer('firstReplica', firstReplica, 0, WORD - 1);
  integer('replicas', replicas, 0, WORD - firstReplica);
  integer('restart', restart, 0, WORD - 1);
}

export function checkTargets(network: Network, request: TrainRequest): void {
  const rows = 1 << network.inputs;
  for (const party of ['alice', 'bob'] as const) {
    const table = request[party];
    if (!(table instanceof Uint8Array) || table.length !== rows) {
      fail(party, `a Uint8Array of ${rows} entries (2^inputs)`, table?.length ?? table);
    }
    const wrong = table.find((bit) => bit > 1);
    if (wrong !== undefined) fail(party, 'a truth table of 0 and 1', wrong);
  }
}
