// Trials of a communication box, CSV x,y,a,b on stdout: Bob's device is told Alice's setting. A is always +1; B is +1 except
// at settings 2,2. Argument: how many trials (1000). The settings come from a seeded generator (mulberry32).
const trials = Number(process.argv[2] ?? 1000);

let state = 2015;
function coin() {
  state = (state + 0x6d2b79f5) | 0;
  let word = Math.imul(state ^ (state >>> 15), 1 | state);
  word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
  return 1 + ((word ^ (word >>> 14)) >>> 31);
}

const lines = ['x,y,a,b'];
for (let i = 0; i < trials; i++) {
  const [x, y] = [coin(), coin()];
  lines.push(`${x},${y},1,${x === 2 && y === 2 ? -1 : 1}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
