import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
type Conditions = string | { readonly [condition: string]: Conditions };
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly imports: Readonly<Record<string, Conditions>>;
};

/** What a bundler for browsers takes: our sources, and never what is for Node alone. */
function targetOf(conditions: Conditions): string {
  if (typeof conditions === 'string') return join(root, conditions);
  const { 'ledger-source': source, default: otherwise } = conditions;
  return targetOf((source ?? otherwise) as Conditions);
}

/** Every module that `index.ts` needs at run time, by the names that it is imported under. */
function modulesFrom(start: string): {
  readonly files: Set<string>;
  readonly packages: Set<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const left = [start];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const match of text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)';/gms)) {
      const name = match[1] ?? '';
      const inside = imports[name];
      if (name.startsWith('.')) left.push(join(dirname(file), name));
      else if (inside !== undefined) left.push(targetOf(inside));
      else packages.add(name);
    }
  }
  return { files, packages };
}

describe('the door of the judge', () => {
  const { files, packages } = modulesFrom(join(import.meta.dirname, 'index.ts'));

  test('leads to kernel, log primitives and the judge, to nothing of Node', () => {
    expect([...packages].sort()).toEqual([
      '@noble/curves/ed25519.js',
      '@noble/curves/utils.js',
      '@noble/hashes/sha2.js',
    ]);
    const libraries = new Set([...files].map((file) => relative(root, file).split('/')[1]));
    expect([...libraries].sort()).toEqual(['kernel', 'tlog', 'verification']);
    for (const file of files) expect(existsSync(file)).toBe(true);
  });

  test('leads to nothing that only Node has without an import', () => {
    const own = [...files].filter((file) => file.includes('/verification/'));
    expect(own.length).toBeGreaterThan(12);
    const globals = /\b(Buffer|process|require|setImmediate|__dirname)\b(?!['’])/;
    const using = own.filter((file) =>
      globals.test(readFileSync(file, 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')),
    );
    expect(using).toEqual([]);
  });
});
