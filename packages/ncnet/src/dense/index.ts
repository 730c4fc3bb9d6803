// ncnet/dense: deep networks of the effective theory as cells: schema, records, curves, experiments. Runs in Node and in a page.

export { mean } from '../mean.ts';
export { DenseCell, DenseCellInput, DenseSource, makeDenseCell, TWO_POINTS } from './cell.ts';
export { type Curve, correlation, cut, dotsChart, median, panelsChart, thin, xyChart } from './charts.ts';
export { CONTEXTS, FOUR_ROWS, headOutcomes, TASKS, type Task, taskCell, tasksOf } from './contexts.ts';
export { blobOf, type DenseData, openBlobs, openLightData, readRows, withWatchedRows } from './data.ts';
export {
  cellName,
  checkDenseExperiment,
  DenseExperiment,
  type DenseExperimentModule,
  defineDenseExperiment,
  denseCells,
} from './experiment.ts';
export { type Entry, heatChart, planesChart } from './maps.ts';
export { type Oscillation, oscillation } from './oscillation.ts';
export {
  byGain,
  clusterCount,
  converged,
  DEFAULT_NETWORKS,
  type FitLayers,
  type FixedPointOf,
  graded,
  gradedCount,
  jointLabels,
  medianRatio,
  namedLayer,
  predictDistances,
  predictEnd,
  ratioCells,
  SMALL,
  sameOverOther,
} from './outline.ts';
export { DenseProbe, DenseRecord } from './record.ts';
export {
  type DenseCurves,
  type DenseRecords,
  type DenseRun,
  type DenseStatistics,
  endDistances,
  gradientConflict,
  headOverlap,
  kernelMovement,
  movedShare,
  pairConstants,
  pairCurves,
  turnedCosine,
} from './runs.ts';
export { classicalScaling, type Scaling, symmetricEigen } from './scaling.ts';
export { allPairs, type DenseSize, dataSize, denseSize, hiddenLayers, rowProducts } from './size.ts';
export { jacobian, openTangents, type TangentProbe, type Tangents } from './tangents.ts';
export { denseNetwork, denseRows, type TrainedDense, trainDense } from './train.ts';
