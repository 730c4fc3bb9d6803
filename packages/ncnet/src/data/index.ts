// ncnet/data, a leaf for Node: labelled tasks, embedded in npm packages or added by the user, and the models' cache.
export { taskHash, taskLines } from './assemble.ts';
export { EMBEDDED_TASKS, type EmbeddedTask } from './embedded.ts';
export { EMOJI_LANGUAGES, type EmojiLanguage } from './emoji.ts';
export { DataError } from './errors.ts';
export { openTask } from './open-task.ts';
export { hashOrder, type Part, partOf } from './split.ts';
export type { LabelledRow, LabelledTask } from './task.ts';
