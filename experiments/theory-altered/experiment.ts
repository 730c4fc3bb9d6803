// Would other equations do as well? The theory and four versions of it with one term changed, fitted to the same networks.
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  cut,
  DEFAULT_NETWORKS,
  type DenseExperimentModule,
  defineDenseExperiment,
  gradedCount,
  median,
  namedLayer,
  pairConstants,
  pairCurves,
  panelsChart,
} from 'ncnet/dense';
import { ALTERATIONS, type Alteration, fitRates } from 'theory';

const NAMES: Record<Alteration, string> = {
  none: 'the theory',
  'double-dY': 'dY/dt doubled',
  'double-dH': 'dH/dt doubled',
  'flip-last-sign': 'last sign of dw/dt flipped',
  'drop-encoder-term': 'Y/H term of dY/dt dropped',
};

export const experiment = defineDenseExperiment({
  name: 'theory-altered',
  title: 'Equations with one term changed',
  question: 'Do equations with one term changed fit the default network as well as the theory does?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): every altered system no longer fits, so the fit is no accident of two free constants.',
  cost: 'quick: about 15 s; full: the networks of theory-depth (20 layers of 500), about 1 minute of one core',
  expectation:
    'Pilot values at 20 layers of 500, layer 12, sums of squares: theory .0098, dY doubled .244, sign flipped .230, term dropped .111, dH doubled .0113, which is not rejected: eta_h absorbs it.',
  command: 'npx ncnet run theory-altered --full',
  ...DEFAULT_NETWORKS,
});

export const summarize: DenseExperimentModule['summarize'] = ([{ cell, replicas, recordHash, statistics }]) => {
  const layer = namedLayer(cell);
  // an altered system has no path through H = 0: it is fitted where the theory has none there (w(0) < 0 or A_high > 0)
  const runs = statistics.runs
    .map((run) => pairCurves(cell, run, layer))
    .filter((curves) => curves.w[0] < 0 || fitRates(pairConstants(cell), curves).fixedPoint.aHigh > 0);
  const fits = runs.map((curves) => {
    const entries = ALTERATIONS.map((model) => {
      try {
        return [model, fitRates(pairConstants(cell), curves, { model })] as const;
      } catch {
        return [model, null] as const;
      }
    });
    return new Map(entries);
  });
  const rows = ALTERATIONS.map((model) => {
    const at = fits.flatMap((fit) => fit.get(model) ?? []);
    const of = (read: (fit: (typeof at)[number]) => number) => median(at.map(read));
    return {
      equations: NAMES[model],
      replicas,
      fitted: at.length,
      layer,
      fitLoss: of(({ sse }) => sse),
      timesTheory: median(fits.flatMap((fit) => (fit.get(model) ? [fit.get(model)!.sse / fit.get('none')!.sse] : []))),
      r2H: of(({ r2 }) => r2.H),
      r2Y: of(({ r2 }) => r2.Y),
      r2w: of(({ r2 }) => r2.w),
      recordHash,
    };
  });
  const others = rows.slice(1);
  const rejected = others.filter(({ timesTheory }) => timesTheory > 3);
  const claims: ClaimVerdict[] = [
    {
      id: 'T9',
      claim: 'Equations with one term changed no longer fit.',
      verdict: runs.length === 0 ? 'not tested' : gradedCount(rejected.length, others.length),
      because: `${runs.length} of ${statistics.runs.length} runs (those whose hidden distance does not pass through 0), median sum of squares against the theory’s: ${others.map((row) => `${row.equations} × ${fixed(row.timesTheory, 1)}`).join(', ')}; rejected above × 3: ${rejected.length} of ${others.length}. The evidence is weaker than it looks: with one output w = Y ∓ |dy*| √Y in every network and in the theory alike, and three of the four changes break that identity; dH/dt doubled is only another eta_h.`,
    },
  ];
  const chosen = fits[0];
  return cut({
    rows,
    claims,
    charts: [
      panelsChart({
        name: 'curves',
        title: 'w of one network, and the best that each system of equations can do',
        alt: `w against time for one network at hidden layer ${layer} and the best fit of each system. ${rows.map((row) => `${row.equations}: sum of squares ${fixed(row.fitLoss)}`).join('; ')}.`,
        xTitle: 'steps × learning rate',
        yTitle: 'w',
        curves: ALTERATIONS.flatMap((model) => {
          const fit = chosen?.get(model);
          if (fit === null || fit === undefined) return [];
          return [
            { panel: NAMES[model], kind: 'network', x: runs[0].t, y: runs[0].w } as const,
            { panel: NAMES[model], kind: 'theory', x: runs[0].t, y: fit.curves.w } as const,
          ];
        }),
      }),
    ],
  });
};
