// Files of the npm packages that ship texts, found from here wherever npm put them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fault } from './errors.ts';

const resolve = createRequire(import.meta.url).resolve;

/** Text (UTF-8) of a file of an installed package. @throws DataError if it is not there */
export function readPackageFile(name: string, path: string): string {
  try {
    return readFileSync(join(dirname(resolve(`${name}/package.json`)), path), 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw fault(`${name}/${path}`, 'a file of an installed package', code, 'run `npm ci`');
  }
}
