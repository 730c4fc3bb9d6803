// Opening backends: what auto takes, what a missing one says, and that a crash or a hang of one stays in its process.
import { afterEach, expect, test, vi } from 'vitest';
import { BERT_BACKENDS, openBertBackend, reportBackends, runOnBackend } from '../../src/bert/index.ts';

afterEach(() => vi.unstubAllEnvs());

test('the report has one row a backend: a device, or a reason', async () => {
  const reports = await reportBackends();
  expect(reports.map(({ name }) => name)).toEqual([...BERT_BACKENDS]);
  for (const { name, available, device, versions, reason, enable } of reports) {
    if (available) {
      expect({ reason, enable }).toEqual({ reason: null, enable: null });
      expect(device, name).toMatch(name === 'tensorflow-gpu' ? /^GPU/ : /^(CPU|GPU), /);
      expect(versions['@tensorflow/tfjs']).toMatch(/^4\./);
    } else {
      expect(device).toBe(null);
      expect(reason, name).not.toBe('');
      expect(enable, `${name}: ${reason}`).toMatch(/npm |install|nvidia-smi/);
    }
  }
  const rows = Object.fromEntries(reports.map((report) => [report.name, report]));
  expect(rows.cpu).toMatchObject({ available: true, device: 'CPU, plain JavaScript' });
  expect(rows.wasm).toMatchObject({ available: true, device: 'CPU, WASM SIMD' });
  const { backend, device } = await openBertBackend('auto');
  const best = ['tensorflow-gpu', 'tensorflow', 'wasm'].find((name) => rows[name].available);
  expect({ backend, device }).toEqual({ backend: best, device: rows[best!].device });
});

test('TensorFlow is on one device in a process, and never on another than was asked for', async () => {
  const first = await openBertBackend('tensorflow').catch((error: Error) => error);
  const second = await openBertBackend('tensorflow-gpu').catch((error: Error) => error);
  expect(second).toBeInstanceOf(Error);
  const enable = /run `npm run setup:tensorflow -- --gpu`|use a new process$/;
  expect((second as Error).message).toMatch(enable);
  if (first instanceof Error) expect(first.message).toMatch(/^--backend: expected tensorflow to be set up, got no /);
  else expect(first).toMatchObject({ backend: 'tensorflow', device: expect.stringMatching(/^CPU, \d+ threads?$/) });
});

test('a driver file that is not there is named before a driver is loaded', async () => {
  vi.stubEnv('VK_DRIVER_FILES', '/nowhere/icd.json');
  await expect(runOnBackend('webgpu', 'probe', 60)).rejects.toMatchObject({
    message: '--backend: expected a driver file in VK_DRIVER_FILES, got no file /nowhere/icd.json; correct or unset it',
    exitCode: 2,
  });
});

test('a backend that hangs is stopped, one that dies is reported with its last words', async () => {
  const before = (program: string) =>
    vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(program)}`);
  before('setInterval(() => {}, 1e9); await new Promise(() => {})');
  await expect(runOnBackend('cpu', 'probe', 0.01)).rejects.toThrow('cpu: no answer in 0.01 s');
  before('console.error("out of luck"); process.abort()');
  await expect(runOnBackend('cpu', 'probe', 60)).rejects.toThrow(/^cpu: exit SIGABRT after ".+"$/);
  expect((await reportBackends()).every(({ available, reason }) => !available && /SIGABRT/.test(reason!))).toBe(true);
});
