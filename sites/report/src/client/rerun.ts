// Drives "Re-run this cell": at most one worker, which belongs to the turn that started it, and the verdict.
import type { Result } from 'runner/result';
import { type Asked, countOf, differs, done } from './rerun-verdict.ts';
import { openView, type RerunView } from './rerun-view.ts';
import type { RerunReport, RerunRequest } from './rerun-worker.ts';

const root = document.getElementById('rerun');
if (root !== null && location.protocol !== 'file:' && typeof Worker === 'function') start(root);

function start(box: HTMLElement): void {
  let turn = 0; // raised by every start and every end: what comes from an earlier turn is dropped
  let worker: Worker | null = null;
  let published: Promise<Result> | null = null;
  const view = openView(box, run, () => finish('cancelled', 'Cancelled.'));

  async function run(firstBlockOnly: boolean): Promise<void> {
    turn += 1;
    const own = turn;
    view.start();
    try {
      published ??= fetchResult(box.dataset.result!);
      const { cells } = await published;
      if (own !== turn) return;
      const asked = { ...cells[view.cell()], firstBlockOnly } as unknown as Asked;
      worker = new Worker(new URL('./rerun-worker.ts', import.meta.url), { type: 'module' });
      worker.onerror = (event) => finish('failed', `The worker failed: ${event.message || 'it could not be loaded'}.`);
      worker.onmessage = ({ data }: MessageEvent<RerunReport>) => {
        if (own === turn) receive(asked, data);
      };
      const { cell, replicas, blocks } = asked;
      const kernelUrl = new URL(box.dataset.kernelUrl!, location.href).href;
      worker.postMessage({ cell, replicas, firstBlockOnly, blocks, kernelUrl } satisfies RerunRequest);
    } catch (error) {
      published = null;
      if (own === turn) finish('failed', `Could not run: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  function receive(asked: Asked, report: RerunReport): void {
    if (report.type === 'kernel') showKernel(view, report.sha256, box.dataset.publishedKernel);
    else if (report.type === 'block') view.progress(report.done, countOf(asked), report.seconds);
    else if (report.type === 'error') finish('failed', `Could not run: ${report.message}.`);
    else {
      const { kind, text, facts } = report.type === 'differs' ? differs(asked, report) : done(asked, report);
      for (const [term, description] of facts) view.fact(term, description);
      finish(kind, text);
    }
  }

  function finish(...verdict: Parameters<RerunView['finish']>): void {
    turn += 1;
    worker?.terminate();
    worker = null;
    view.finish(...verdict);
  }
}

async function fetchResult(url: string): Promise<Result> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the published result did not load: ${response.status}`);
  return response.json();
}

function showKernel(view: RerunView, sha256: string, published: string | undefined): void {
  view.fact('kernel loaded, sha-256', sha256);
  const words = sha256 === published ? 'the same' : `another one, ${published || 'none'}: the hashes may differ`;
  view.fact('kernel of the published result', words);
  view.training();
}
