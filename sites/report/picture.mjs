// Draws the README's picture, docs/s-of-n.svg, from the committed full result. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Result } from 'runner/result';
import { standaloneSvg } from './src/render.ts';

const root = resolve(import.meta.dirname, '../..');
const file = resolve(root, 'docs/s-of-n.svg');
const result = Result.parse(JSON.parse(readFileSync(resolve(root, 'experiments/capacity/result.json'), 'utf8')));
const chart = result.charts.find(({ name }) => name === 's-correct');
const svg = await standaloneSvg(chart);
if (!process.argv.includes('--check')) {
  writeFileSync(file, svg);
  console.log(file);
} else if (readFileSync(file, 'utf8') !== svg) {
  console.error('picture: docs/s-of-n.svg is not what experiments/capacity/result.json gives; run `npm run picture`');
  process.exit(1);
}
