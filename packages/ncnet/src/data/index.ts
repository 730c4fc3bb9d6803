// ncnet/data, a leaf for Node: labelled tasks, embedded in npm packages or added by the user, and the models' cache.
export { type AddedModel, type AddModelOptions, addModel } from './add-model.ts';
export { taskHash, taskLines } from './assemble.ts';
export { cacheFolder, isName } from './cache.ts';
export { EMBEDDED_TASKS, type EmbeddedTask } from './embedded.ts';
export { EMOJI_LANGUAGES, type EmojiLanguage } from './emoji.ts';
export { DataError } from './errors.ts';
export { type ListedTask, listTasks } from './list-tasks.ts';
export {
  DEFAULT_MODELS,
  defaultModel,
  KNOWN_MODELS,
  type KnownModel,
  type ListedModel,
  listModels,
  type ModelManifest,
  modelFolder,
  resolveModel,
} from './models.ts';
export { openTask } from './open-task.ts';
export { type ColumnNames, PUBLISHED_SETS, type PublishedSet } from './published.ts';
export { readJsonLines } from './records.ts';
export { hashOrder, type Part, partOf } from './split.ts';
export type { LabelledRow, LabelledTask } from './task.ts';
export { type AddTaskOptions, addTask, type TaskManifest } from './task-cache.ts';
export { TASK_KEYS } from './task-file.ts';
