// Drives "Re-run this cell": one worker, progress, cancel, and the verdict MATCH or DIFFERS.
import { type AnyCell, blockSize } from 'ncnet/training';
import type { Result } from 'runner/result';
import type { RerunReport, RerunRequest } from './rerun-worker.ts';

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const root = document.getElementById('rerun');
if (root !== null && location.protocol !== 'file:' && typeof Worker === 'function') start(root);

function start(box: HTMLElement): void {
  const select = byId<HTMLSelectElement>('rerun-cell');
  const buttons = [byId<HTMLButtonElement>('rerun-all'), byId<HTMLButtonElement>('rerun-first')];
  const cancel = byId<HTMLButtonElement>('rerun-cancel');
  const live = byId('rerun-live');
  const progress = byId<HTMLProgressElement>('rerun-progress');
  const status = byId('rerun-status');
  const verdict = byId('rerun-verdict');
  const details = byId<HTMLDListElement>('rerun-details');
  let worker: Worker | null = null;
  let published: Promise<Result> | null = null;

  box.hidden = false;
  byId('rerun-off').hidden = true;
  buttons[0].addEventListener('click', () => void run(false));
  buttons[1].addEventListener('click', () => void run(true));
  cancel.addEventListener('click', () => finish('', 'Cancelled.'));

  async function run(firstBlockOnly: boolean): Promise<void> {
    verdict.replaceChildren();
    details.replaceChildren();
    details.hidden = true;
    for (const button of buttons) button.disabled = true;
    select.disabled = true;
    cancel.hidden = false;
    live.hidden = false;
    progress.removeAttribute('value');
    status.textContent = 'Loading the kernel and the published hashes…';
    try {
      published ??= fetch(box.dataset.result!).then((response) => response.json());
      const result = await published;
      const { cell, replicas, blocks, recordHash, probeHash } = result.cells[Number(select.value)];
      const dense = cell.kind === 'dense';
      const size = blockSize(cell as unknown as AnyCell);
      const total = firstBlockOnly ? Math.min(size, replicas) : replicas;
      const expected = firstBlockOnly ? blocks[0] : recordHash;
      worker = new Worker(new URL('./rerun-worker.ts', import.meta.url), { type: 'module' });
      worker.onerror = (event) => finish('differs', `The worker failed: ${event.message || 'it could not be loaded'}.`);
      worker.onmessage = ({ data }: MessageEvent<RerunReport>) => {
        if (data.type === 'kernel') showKernel(data.sha256);
        else if (data.type === 'block') showProgress(data.done, total, data.seconds);
        else if (data.type === 'error') finish('differs', `Could not run: ${data.message}.`);
        else if (data.type === 'differs') {
          const from = data.block * size;
          fact('published block hash', data.published ?? 'none');
          fact('hash computed here', data.hash);
          finish(
            'differs',
            `DIFFERS: the first differing block is number ${data.block + 1} (replicas ${from} to ${Math.min(from + size - 1, replicas - 1)}).`,
          );
        } else {
          const probesAgree = firstBlockOnly || data.probeHash === probeHash;
          const match = data.hash === expected && probesAgree;
          fact(firstBlockOnly ? 'published hash of the first block' : 'published record hash', expected);
          fact('hash computed here', data.hash);
          if (!firstBlockOnly && probeHash !== null) {
            fact('published probe hash', probeHash);
            fact('probe hash computed here', data.probeHash ?? 'none');
          }
          const means = Object.entries(data.means).map(
            ([rule, mean]) => `${rule} ${dense ? mean.toExponential(3) : mean.toFixed(4)}`,
          );
          fact(
            dense ? `mean of the last step, ${total} replicas` : `mean S of ${total} replicas, by outcome rule`,
            means.join(', '),
          );
          const what = firstBlockOnly ? `the first ${total} replicas` : `all ${total} replicas`;
          finish(
            match ? 'match' : 'differs',
            match
              ? `MATCH: ${what}, byte for byte, in ${data.seconds.toFixed(1)} s.`
              : 'DIFFERS: every block agrees but the whole does not.',
          );
        }
      };
      const request: RerunRequest = {
        ...{ cell: cell as RerunRequest['cell'], replicas, firstBlockOnly, blocks },
        kernelUrl: new URL(box.dataset.kernelUrl!, location.href).href,
      };
      worker.postMessage(request);
    } catch (error) {
      published = null;
      finish('differs', `Could not run: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  function showKernel(sha256: string): void {
    fact('kernel loaded, sha-256', sha256);
    const published = box.dataset.publishedKernel;
    const words = sha256 === published ? 'the same' : `another one, ${published || 'none'}: the hashes may differ`;
    fact('kernel of the published result', words);
    status.textContent = 'Training…';
  }

  function showProgress(done: number, total: number, seconds: number): void {
    progress.value = done / total;
    const rate = done / seconds;
    const left = (total - done) / rate;
    status.textContent = `${done} of ${total} replicas, ${Math.round(rate)} a second, ${left < 1 ? 'almost done' : `${Math.ceil(left)} s left`}`;
  }

  function fact(term: string, description: string): void {
    const dt = document.createElement('dt');
    dt.textContent = term;
    const dd = document.createElement('dd');
    if (/^[0-9a-f]{64}$/.test(description)) {
      const code = document.createElement('code');
      code.className = 'hash';
      code.textContent = description;
      dd.append(code);
    } else {
      dd.textContent = description;
    }
    details.append(dt, dd);
    details.hidden = false;
  }

  function finish(kind: '' | 'match' | 'differs', text: string): void {
    worker?.terminate();
    worker = null;
    for (const button of buttons) button.disabled = false;
    select.disabled = false;
    cancel.hidden = true;
    live.hidden = true;
    const line = document.createElement('p');
    line.className = `rerun-result ${kind}`;
    line.textContent = text;
    verdict.replaceChildren(line);
  }
}
