// `ncnet train --json` on stdin, joint counts as CSV x,y,a,b,n on stdout: how often each pair of outcomes came, summed
// over the replicas. Argument: the outcome rule (success: one outcome a context and replica; correct: one a row).
import { text } from 'node:stream/consumers';

const rule = process.argv[2] ?? 'success';
const { cells } = JSON.parse(await text(process.stdin));
const cell = cells.find(({ outcome }) => outcome === rule);
const rows = rule === 'success' ? 1 : 8;

console.log('x,y,a,b,n');
for (const [context, product] of cell.C.entries()) {
  const [x, y] = [1 + (context >> 1), 1 + (context & 1)];
  const [alice, bob] = [cell.marginals[`a${x}b${y}`], cell.marginals[`b${y}a${x}`]];
  for (const [a, b] of [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
  ]) {
    // p(ab | xy) = (1 + a <A> + b <B> + a b <AB>) / 4, an exact multiple of 1 / (replicas x rows)
    console.log([x, y, a, b, (cell.replicas * rows * (1 + a * alice + b * bob + a * b * product)) / 4].join(','));
  }
}
