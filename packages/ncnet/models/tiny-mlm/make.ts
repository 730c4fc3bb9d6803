// Makes tiny-mlm from the texts of the embedded tasks, beside this file: npm run tiny-mlm -w ncnet [-- --check] [-- --steps N]
// --check compares with the files that are here and writes nothing; --steps N trains only so far, for its losses.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBertBackend } from '../../src/bert/backend.ts';
import { judge, pretrain } from '../../src/pretrain/masked-language-model.ts';
import { encodeTinyMlm, JUDGE_SEED, prepareTinyMlm, TINY_MLM_TRAINING } from '../../src/pretrain/tiny-mlm.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, steps: { type: 'string' } } });
const until = values.steps === undefined ? TINY_MLM_TRAINING.steps : Number(values.steps);
if (!(Number.isSafeInteger(until) && until > 0 && until <= TINY_MLM_TRAINING.steps)) {
  console.error(
    `tiny-mlm: expected --steps from 1 to ${TINY_MLM_TRAINING.steps}, got "${values.steps}"; write a number`,
  );
  process.exit(2);
}
const place = (file: string): URL => new URL(file, import.meta.url);

const { config, files, texts, counts } = await prepareTinyMlm();
console.log(`${texts.train.length} texts to learn from, ${texts.heldOut.length} held out, ${config.vocab_size} tokens`);
const { backend, device } = await openBertBackend('wasm'); // its sums have one order, whatever the machine
const losses: number[] = [];
const parameters = await pretrain(config, texts.train, TINY_MLM_TRAINING, {
  until,
  onStep(step, loss) {
    losses.push(loss);
    if ((step + 1) % 50 !== 0 && step + 1 !== until) return;
    const last = losses.slice(-50);
    const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
    console.log(`step ${step + 1} of ${until}: ${mean.toFixed(3)} nats per masked token`);
  },
});
const judged = await judge(config, parameters, texts.heldOut, counts, JUDGE_SEED);
console.log(
  `held out: ${judged.model.toFixed(3)} nats, a unigram ${judged.unigram.toFixed(3)}, ${judged.tokens} tokens`,
);
if (until < TINY_MLM_TRAINING.steps) process.exit(0);

const made = new Map<string, Uint8Array>([
  ...Object.entries(files).map(([name, text]) => [name, Buffer.from(text)] as const),
  ['model.safetensors', encodeTinyMlm(parameters)],
]);
const described = [...made].map(([name, bytes]) => {
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
});
for (const { name, bytes, sha256 } of described) console.log(`${name}  ${bytes} bytes  sha-256 ${sha256}`);
if (values.check) {
  const other = [...made].filter(([name, bytes]) => Buffer.compare(readFileSync(place(name)), bytes) !== 0);
  for (const [name] of other) console.error(`${name}: expected the file that is here, got other bytes`);
  process.exit(other.length > 0 ? 1 : 0);
}
for (const [name, bytes] of made) writeFileSync(place(name), bytes);
const manifest = {
  schema: 1,
  name: 'tiny-mlm',
  source: 'packages/ncnet/models/tiny-mlm/make.ts',
  licence: 'MIT',
  files: described,
};
writeFileSync(place('ncnet-model.json'), `${JSON.stringify(manifest, null, 1)}\n`);
const training = {
  ...TINY_MLM_TRAINING,
  backend,
  device,
  heldOut: judged,
  losses: losses.map((loss) => Number(loss.toFixed(6))),
};
writeFileSync(place('training.json'), `${JSON.stringify(training)}\n`);
