// runner/cells: what a command needs that runs cells without an experiment file, so that training starts before the rest is loaded.
export { createProgress } from './progress.ts';
export { runCells } from './run-cells.ts';
export { storeFolder } from './workspace.ts';
