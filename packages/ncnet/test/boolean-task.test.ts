import { describe, expect, it } from 'vitest';
import { parseTask, tableBits } from '../src/boolean-task.ts';

const table = (inputs: number, f: (x: number[]) => boolean): string =>
  Array.from({ length: 2 ** inputs }, (_, row) =>
    f(Array.from({ length: inputs }, (_, i) => (row >> i) & 1)) ? '1' : '0',
  ).join('');

describe('parseTask', () => {
  it.each<[string, (x: number[]) => boolean]>([
    ['x2', ([, b]) => b === 1],
    ['x1^x2', ([a, b]) => a !== b],
    ['x2?x1:x3', ([a, b, c]) => (b ? a : c) === 1],
    ['x2&(x1^x3)', ([a, b, c]) => b === 1 && a !== c],
    ['!x1|x2', ([a, b]) => a === 0 || b === 1],
    ['!!x1', ([a]) => a === 1],
    ['x1|x2&x3^x1', ([a, b, c]) => a === 1 || ((b & c) ^ a) === 1],
    ['x1?x2:x3?x1:1', ([a, b, c]) => (a ? b === 1 : c ? a === 1 : true)],
    [' x1 ^ 1 ', ([a]) => a === 0],
  ])('reads %s as its truth table', (text, f) => {
    expect(parseTask(text, 3)).toBe(table(3, f));
  });

  it('reads a truth table row 0 first, bit i of the row number being x_{i+1}', () => {
    expect(parseTask('01100110', 3)).toBe(parseTask('x1^x2', 3));
    expect([...tableBits('0110')]).toEqual([0, 1, 1, 0]);
  });

  it.each([
    ['x9', 'expected inputs x1..x3, got x9'],
    ['x4', 'got x4'],
    ['x0', 'got x0'],
    ['x1^', 'got the end'],
    ['(x1', 'expected ")"'],
    ['x1 x2', 'expected an operator'],
    ['x1?x2', 'expected ":"'],
    ['', 'got the end'],
    ['0110', 'has 8 characters, got 4'],
    ['x1;process', 'got ";"'],
  ])('refuses %s with one line', (text, message) => {
    expect(() => parseTask(text, 3)).toThrow(message);
    try {
      parseTask(text, 3);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('bounds nesting and length', () => {
    expect(() => parseTask('('.repeat(100_000), 3)).toThrow('at most 1000 characters');
    expect(() => parseTask(`${'!'.repeat(500)}x1`, 3)).toThrow('at most 200 nested');
  });
});
