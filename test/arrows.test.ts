// The map as a test: who may import whom, and no cycle between files. README's "How it is built" is this table in short.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Workspace -> specifiers of other workspaces that it may import. */
const ARROWS: Record<string, string[]> = {
  'packages/core-wasm': [],
  'packages/chsh': [],
  'packages/theory': [],
  'packages/ncnet': [
    'core-wasm',
    'core-wasm/node',
    'core-wasm/dense',
    'core-wasm/dense-node',
    'core-wasm/matmul',
    'core-wasm/matmul-node',
    'chsh',
  ],
  'packages/runner': ['ncnet', 'ncnet/cell', 'ncnet/node', 'ncnet/training'],
  'packages/cli': [
    'core-wasm',
    'core-wasm/node',
    'chsh',
    'theory',
    'ncnet',
    'ncnet/cell',
    'ncnet/node',
    'ncnet/training',
    'ncnet/words',
    'ncnet/bert',
    'ncnet/data',
    'ncnet/lora',
    'runner',
    'runner/cells',
    'runner/pool',
  ],
  'sites/report': [
    'core-wasm/kernel.wasm',
    'core-wasm/dense.wasm',
    'theory',
    'ncnet',
    'ncnet/dense',
    'ncnet/training',
    'runner/result',
  ],
};
const EXPERIMENT = ['ncnet', 'ncnet/dense', 'ncnet/mnist', 'ncnet/lora', 'chsh', 'theory'];

const NAMES = ['core-wasm', 'chsh', 'theory', 'ncnet', 'runner', 'cli', 'report'];
const workspaces = [
  ...Object.keys(ARROWS),
  ...readdirSync(join(root, 'experiments')).map((name) => `experiments/${name}`),
].filter((path) => existsSync(join(root, path, 'package.json')));

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (['node_modules', 'dist', 'test', 'releases', '.astro', '.turbo', 'assembly'].includes(name)) return [];
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return /\.(ts|mjs|astro)$/.test(name) && !name.endsWith('.config.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = ts.preProcessFile(text, true, true).importedFiles.map((entry) => entry.fileName);
  const workers = [...text.matchAll(/new URL\(\s*['"](\.[^'"]+)['"]/g)].map((match) => match[1]);
  return [...new Set([...found, ...workers])].map((name) => name.replace(/\?.*$/, ''));
}

const graph = new Map(
  workspaces.map((workspace) => [
    workspace,
    sourceFiles(join(root, workspace)).map((file) => ({ file, imports: importsOf(file) })),
  ]),
);
const packageOf = (specifier: string): string | undefined =>
  NAMES.find((name) => specifier === name || specifier.startsWith(`${name}/`));

describe('arrows', () => {
  it.each(workspaces)('%s imports only what the map allows, and declares it', (workspace) => {
    const allowed = ARROWS[workspace] ?? EXPERIMENT;
    const manifest = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'));
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const used = new Set<string>();
    for (const { file, imports } of graph.get(workspace)!) {
      for (const specifier of imports) {
        if (specifier.startsWith('.')) {
          const target = relative(join(root, workspace), resolve(dirname(file), specifier));
          expect(target.startsWith('..'), `${relative(root, file)} reaches out of its workspace: ${specifier}`).toBe(
            false,
          );
          continue;
        }
        const name = packageOf(specifier);
        if (name === undefined) continue;
        expect(allowed, `${relative(root, file)} imports ${specifier}`).toContain(specifier);
        expect(declared, `${workspace}/package.json must list ${name}`).toContain(name);
        used.add(name);
      }
    }
    const listed = declared.filter((name) => NAMES.includes(name)).sort();
    expect(listed, `${workspace}/package.json lists workspaces that nothing imports`).toEqual([...used].sort());
  });

  it('allows no more than what is used', () => {
    const used = (those: string[]): Set<string> =>
      new Set(those.flatMap((workspace) => graph.get(workspace)!.flatMap(({ imports }) => imports)));
    const unused = (allowed: string[], those: string[]) => allowed.filter((specifier) => !used(those).has(specifier));
    for (const [workspace, allowed] of Object.entries(ARROWS))
      expect(unused(allowed, [workspace]), workspace).toEqual([]);
    const experiments = workspaces.filter((workspace) => !(workspace in ARROWS));
    expect(unused(EXPERIMENT, experiments), 'experiments').toEqual([]);
  });

  it('chsh, theory and core-wasm have no run-time dependency', () => {
    for (const name of ['chsh', 'theory', 'core-wasm']) {
      const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
      expect(manifest.dependencies ?? {}).toEqual({});
    }
  });

  it('the light part of ncnet reaches no node module', () => {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const specifier of importsOf(file)) {
        expect(specifier.startsWith('node:'), `${relative(root, file)} imports ${specifier}`).toBe(false);
        if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
      }
    };
    visit(join(root, 'packages/ncnet/src/index.ts'));
    expect(seen.size).toBeGreaterThan(10);
  });

  it('has no import cycle', () => {
    const edges = new Map<string, string[]>();
    for (const files of graph.values()) {
      for (const { file, imports } of files) {
        const text = readFileSync(file, 'utf8');
        const runtime = imports.filter((specifier) => specifier.startsWith('.') && !onlyTypes(text, specifier));
        edges.set(
          file,
          runtime.map((specifier) => resolve(dirname(file), specifier)),
        );
      }
    }
    const state = new Map<string, 'open' | 'done'>();
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      expect(state.get(file), `cycle: ${[...path, file].map((f) => relative(root, f)).join(' -> ')}`).not.toBe('open');
      state.set(file, 'open');
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of edges.keys()) visit(file, []);
    expect(edges.size).toBeGreaterThan(40);
  });
});

/** True if every import of this specifier is `import type`, which leaves no trace at run time. */
function onlyTypes(text: string, specifier: string): boolean {
  const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const statements = [
    ...text.matchAll(new RegExp(`(import|export)\\s+(type\\s+)?[^;'"]*from\\s*['"]${quoted}['"]`, 'g')),
  ];
  return statements.length > 0 && statements.every((match) => match[2] !== undefined);
}
