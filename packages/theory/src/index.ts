// theory: the effective theory of representation learning for two points. This file is the table of contents.

// Flow for any outputs
export { type Head, type HeadCurves, headCurves, jointTarget, vectorCurves } from './aligned-flow.ts';
// Closed form for parallel outputs
export {
  type ParallelCurves,
  type ParallelMoment,
  parallelCurves,
  parallelSolution,
  timeToReach,
} from './closed-form.ts';
// Altered equations
export { ALTERATIONS, type Alteration, alteredCurves, distanceDerivative } from './distance-flow.ts';
// Integrators
export { dormandPrince } from './dormand-prince.ts';
// Fits
export { type Estimate, rSquared } from './estimate.ts';
export { fitLayers, type LayerFits } from './fit-layers.ts';
export { fitLoss, type LossFit } from './fit-loss.ts';
export { fitRates, type RateFit, type RateFitOptions, type RateModel, type Trajectory } from './fit-rates.ts';
// Conserved quantity and fixed point
export {
  aHigh,
  aLow,
  type FixedPoint,
  finalDistance,
  fixedPoint,
  predictedY,
  type Regime,
  regimeOf,
} from './fixed-point.ts';
export type { FlowOptions } from './flow.ts';
export { type LeastSquares, type LeastSquaresOptions, leastSquares, type Residuals } from './levenberg-marquardt.ts';
// Loss
export { lossCurve, type MeanOutput, meanErrorFromLoss, type OutputCurves } from './loss.ts';
// More than two points
export { criticalGain, finalPairDistances, initialDistance, type PairDistances } from './many-points.ts';
// Exact flow without the ansatz
export { aHighAlong, conservedMatrix, type MatrixCurves, type MatrixState, matrixFlow } from './matrix-flow.ts';
export type { Derivative, Jacobian, OdeOptions, OdeSolution } from './ode.ts';
export { radau } from './radau.ts';
// Input
export {
  type Curves,
  type ParallelState,
  type TwoPoints,
  toParallelState,
  toVectorState,
  type VectorState,
} from './two-points.ts';
