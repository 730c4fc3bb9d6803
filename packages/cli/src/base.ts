// The base of a command: a folder, the name of a model, or `auto`: the best of the known ones that is here.
import { DEFAULT_MODELS, defaultModel, resolveModel } from 'ncnet/data';

/** Says on stderr which base `auto` is. @throws DataError */
export function openBase(command: string, given: string): { base: string; folder: string } {
  if (given !== 'auto') return { base: given, folder: resolveModel(given) };
  const base = defaultModel();
  const [best] = DEFAULT_MODELS;
  const why = base === best ? '' : `, a small trial model, since ${best} is not here: ncnet model add ${best}`;
  process.stderr.write(`${command}: base ${base}${why}\n`);
  return { base, folder: resolveModel(base) };
}
