// Drives the theory page: sliders redraw the closed form, a worker trains a network and fits it.
import { DEFAULTS, describe, plotsOf, type Settings, startOf } from '../theory/curves.ts';
import { plotSvg } from '../theory/plot.ts';
import type { TrainedLayer, TrainReply, TrainRequest } from './theory-worker.ts';

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const SLIDERS = ['etaH', 'etaY', 'H', 'dy'] as const;
type Slider = (typeof SLIDERS)[number];

const form = byId<HTMLFormElement>('theory-form');
const plots = byId('theory-plots');
const words = byId('theory-words');
const status = byId('theory-status');
const layerSelect = byId<HTMLSelectElement>('theory-layer');
const trainButton = byId<HTMLButtonElement>('theory-train');
const clearButton = byId<HTMLButtonElement>('theory-clear');

let settings: Settings = { ...DEFAULTS };
let trained: TrainedLayer[] = [];
let worker: Worker | null = null;

/** Rates and |dh|^2 are on a logarithmic scale; dy runs through 0. */
const fromSlider = (key: Slider, value: number): number => (key === 'dy' ? value : 10 ** value);
const toSlider = (key: Slider, value: number): number => (key === 'dy' ? value : Math.log10(value));

function showSliders(): void {
  for (const key of SLIDERS) {
    const input = byId<HTMLInputElement>(`theory-${key}`);
    input.value = String(toSlider(key, settings[key]));
    showValue(key);
  }
}

function showValue(key: Slider): void {
  const text = Number(settings[key].toPrecision(3)).toString();
  byId<HTMLOutputElement>(`theory-${key}-value`).value = text;
  byId(`theory-${key}`).setAttribute('aria-valuetext', text);
}

function draw(): void {
  const layer = trained[Number(layerSelect.value)];
  const network = layer?.curves ?? null;
  plots.innerHTML = plotsOf(settings, network).map(plotSvg).join('');
  words.textContent = describe(settings);
  plots.setAttribute(
    'aria-label',
    `${words.textContent}${network === null ? '' : ' The trained network is drawn beside it.'}`,
  );
}

function useLayer(): void {
  const { fit, curves } = trained[Number(layerSelect.value)];
  settings = { ...settings, ...startOf(curves) };
  if (fit !== null) settings = { ...settings, etaH: fit.etaH, etaY: fit.etaY };
  showSliders();
  draw();
  const r2 =
    fit === null
      ? 'no rates follow this layer'
      : `R² of H, Y, w: ${[fit.r2.H, fit.r2.Y, fit.r2.w].map((value) => value.toFixed(3)).join(', ')}`;
  status.textContent = `${status.dataset.training ?? ''} Layer ${layerSelect.value}: ${r2}.`;
}

function train(): void {
  const choice = (id: string): string => byId<HTMLInputElement | HTMLSelectElement>(id).value;
  const skip = choice('theory-activation') === 'skip';
  const activation = skip ? 'leaky-relu' : choice('theory-activation');
  const request: TrainRequest = {
    cell: {
      ...{ depth: Number(choice('theory-depth')), width: Number(choice('theory-width')), skip },
      ...{ gain: Number(choice('theory-gain')), learningRate: Number(choice('theory-rate')), steps: 20_000 },
      activation: activation as NonNullable<TrainRequest['cell']['activation']>,
    },
    replica: Number(choice('theory-seed')),
    kernelUrl: new URL(form.dataset.kernelUrl!, location.href).href,
  };
  worker?.terminate();
  trainButton.disabled = true;
  status.textContent = 'Training…';
  worker = new Worker(new URL('./theory-worker.ts', import.meta.url), { type: 'module' });
  worker.onerror = (event) => finish(`The worker failed: ${event.message || 'it could not be loaded'}.`);
  worker.onmessage = ({ data }: MessageEvent<TrainReply>) => {
    if ('error' in data) return finish(`Could not train: ${data.error}.`);
    finish('');
    const how =
      data.stopped === 'loss'
        ? 'to a loss of 1e-6'
        : data.stopped === 'diverged'
          ? 'until it diverged'
          : 'without reaching 1e-6';
    status.dataset.training = `Trained ${data.steps} steps ${how} in ${data.seconds.toFixed(2)} s.`;
    trained = data.best < 0 ? [] : data.layers;
    layerSelect.replaceChildren(
      ...trained.map(
        ({ fit }, layer) =>
          new Option(
            `${layer}${fit === null ? ', not fitted' : layer === data.best ? ', best fit' : ''}`,
            String(layer),
          ),
      ),
    );
    layerSelect.disabled = trained.length === 0;
    clearButton.disabled = trained.length === 0;
    if (trained.length === 0) {
      status.textContent = `${status.dataset.training} No rates follow any layer: try smaller weights or a smaller learning rate.`;
      return draw();
    }
    layerSelect.value = String(data.best);
    useLayer();
  };
  worker.postMessage(request);
}

function finish(text: string): void {
  worker?.terminate();
  worker = null;
  trainButton.disabled = false;
  status.textContent = text;
}

for (const key of SLIDERS) {
  byId<HTMLInputElement>(`theory-${key}`).addEventListener('input', (event) => {
    settings = { ...settings, [key]: fromSlider(key, Number((event.target as HTMLInputElement).value)) };
    showValue(key);
    draw();
  });
}
layerSelect.addEventListener('change', useLayer);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  train();
});
clearButton.addEventListener('click', () => {
  trained = [];
  layerSelect.replaceChildren();
  layerSelect.disabled = true;
  clearButton.disabled = true;
  status.textContent = 'The network is gone; the theory stays.';
  draw();
});
const gainOutput = byId<HTMLOutputElement>('theory-gain-value');
byId<HTMLInputElement>('theory-gain').addEventListener('input', (event) => {
  gainOutput.value = (event.target as HTMLInputElement).value;
});

if (location.protocol === 'file:' || typeof Worker !== 'function') {
  trainButton.disabled = true;
  status.textContent =
    'Training needs a page that comes from a web server (npm run serve starts one); the theory works here.';
}
byId('theory-controls').hidden = false;
showSliders();
draw();
