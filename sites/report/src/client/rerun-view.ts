// The form of "Re-run this cell": its buttons, its progress, its facts and its verdict.

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

export type RerunView = ReturnType<typeof openView>;

/** Shows the form in place of the note for pages without scripts. */
export function openView(box: HTMLElement, run: (firstBlockOnly: boolean) => void, stop: () => void) {
  const select = byId<HTMLSelectElement>('rerun-cell');
  const buttons = [byId<HTMLButtonElement>('rerun-all'), byId<HTMLButtonElement>('rerun-first')];
  const cancel = byId<HTMLButtonElement>('rerun-cancel');
  const live = byId('rerun-live');
  const progress = byId<HTMLProgressElement>('rerun-progress');
  const status = byId('rerun-status');
  const verdict = byId('rerun-verdict');
  const details = byId<HTMLDListElement>('rerun-details');
  box.hidden = false;
  byId('rerun-off').hidden = true;
  buttons[0].addEventListener('click', () => run(false));
  buttons[1].addEventListener('click', () => run(true));
  cancel.addEventListener('click', stop);

  function setBusy(busy: boolean): void {
    for (const button of buttons) button.disabled = busy;
    select.disabled = busy;
    cancel.disabled = !busy; // in its place all the time, so that no other button comes under a click that is late
    live.hidden = !busy;
  }

  return {
    cell: (): number => Number(select.value),

    start(): void {
      verdict.replaceChildren();
      details.replaceChildren();
      details.hidden = true;
      progress.removeAttribute('value');
      status.textContent = 'Loading the kernel and the published hashes…';
      setBusy(true);
    },

    training(): void {
      status.textContent = 'Training…';
    },

    progress(done: number, total: number, seconds: number): void {
      progress.value = done / total;
      const rate = done / seconds;
      const left = (total - done) / rate;
      status.textContent = `${done} of ${total} replicas, ${Math.round(rate)} a second, ${left < 1 ? 'almost done' : `${Math.ceil(left)} s left`}`;
    },

    fact(term: string, description: string): void {
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
    },

    finish(kind: 'cancelled' | 'failed' | 'match' | 'differs', text: string): void {
      setBusy(false);
      const line = document.createElement('p');
      line.className = `rerun-result ${kind}`;
      line.textContent = text;
      verdict.replaceChildren(line);
    },
  };
}
