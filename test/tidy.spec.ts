import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

/**
 * The house rules as a test, after tigerbeetle's tidy: what is written here is checked, what is not
 * checked is a matter of taste. docs/STYLE.md explains each rule; limits live here only.
 */
const root = join(import.meta.dirname, '..');
const files = listFiles();
const sources = files.filter((path) => /^(apps|libs)\/.*\.(ts|tsx)$/.test(path));
const production = sources.filter((path) => !isSpec(path) && !path.startsWith('libs/testing/'));
const typescript = files.filter((path) => /\.(ts|tsx)$/.test(path));

const fileLinesMax = 400;
const specLinesMax = 600;
const functionLinesMax = 70;
const lineColumnsMax = 120; // prettier breaks at 100; long literals and types may stand out a little
const tinyLines = 15;

/** Each ban with what to use instead, and the one place where the thing is at home. */
const bans: readonly {
  pattern: RegExp;
  instead: string;
  home: RegExp;
  scope: 'all' | 'production';
}[] = [
  {
    pattern: /\bDate\.now\(\)|new Date\(\)/,
    instead: 'an injected Clock',
    home: /kernel\/src\/clock\.ts$/,
    scope: 'production',
  },
  {
    pattern: /Math\.random/,
    instead: 'derived ids, or node:crypto for secrets',
    home: /^$/,
    scope: 'all',
  },
  { pattern: /constructor\.name/, instead: 'a literal type', home: /^$/, scope: 'all' },
  {
    pattern: /JSON\.stringify/,
    instead: 'canonicalJson or jsonText of #kernel',
    home: /kernel\/src\/canonical\.ts$/,
    scope: 'production',
  },
  {
    pattern: /\bparseFloat\(|\bparseInt\(/,
    instead: 'parseCount or parseDecimal',
    home: /^$/,
    scope: 'all',
  },
  {
    pattern: /(?<![.\w])Number\(/,
    instead: 'parseCount',
    home: /(kernel\/src\/decimal|event-store\/src\/eventstoredb-event-store|embedded-event-store\/src\/\w[\w-]*)\.ts$/,
    scope: 'production',
  },
  {
    pattern: /\b(as any|: any\b|@ts-ignore|@ts-nocheck)/,
    instead: 'unknown, and a reader',
    home: /^$/,
    scope: 'production',
  },
  {
    pattern: /\b(describe|test|it)\.(only|failing)\b/,
    instead: 'the whole suite',
    home: /^$/,
    scope: 'all',
  },
  {
    pattern: /\b(FIXME|XXX|TODO)\b/,
    instead: 'the thing itself, or an issue',
    home: /^$/,
    scope: 'all',
  },
  { pattern: /export default/, instead: 'a named export', home: /^$/, scope: 'production' },
];

/** Words that hide what a thing does. */
const bannedNames =
  /\b(?:class|interface|type|function|const)\s+\w*(?:Service|Manager|Helper|Util|Utils|Common|Impl|Dto|DTO)\b/;

describe('the house', () => {
  test('the visible root holds its nine entries and the lock file', () => {
    const roots = new Set(
      files.map((path) => path.split('/')[0] ?? '').filter((name) => !name.startsWith('.')),
    );
    expect([...roots].sort()).toEqual(
      [
        'README.md',
        'apps',
        'docs',
        'infra',
        'libs',
        'nest-cli.json',
        'package-lock.json',
        'package.json',
        'test',
        'tsconfig.json',
      ].sort(),
    );
  });

  test('files stay within their limits', () => {
    const over = typescript.flatMap((path) => {
      const count = lines(path).length;
      const most = isSpec(path) ? specLinesMax : fileLinesMax;
      return count > most ? [`${path}: ${count} lines, at most ${most}`] : [];
    });
    expect(over).toEqual([]);
  });

  test('fewer than one file in ten is tiny', () => {
    const tiny = production.filter((path) => lines(path).length <= tinyLines);
    expect(tiny.length * 10).toBeLessThan(production.length);
  });

  test('no line is too wide, none ends in white space', () => {
    const bad = typescript.flatMap((path) =>
      lines(path).flatMap((line, index) =>
        line.length > lineColumnsMax || /[ \t]$/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
    );
    expect(bad).toEqual([]);
  });

  test('functions stay within their limit', () => {
    expect(production.flatMap(longFunctions)).toEqual([]);
  });

  test('nothing banned is used outside its one home', () => {
    const found = bans.flatMap(({ pattern, instead, home, scope }) =>
      (scope === 'all' ? sources : production)
        .filter((path) => !home.test(path))
        .flatMap((path) =>
          lines(path).flatMap((line, index) =>
            pattern.test(withoutComment(line))
              ? [`${path}:${index + 1} ${pattern.source}: use ${instead}`]
              : [],
          ),
        ),
    );
    expect(found).toEqual([]);
  });

  test('names say what a thing is', () => {
    const found = production.flatMap((path) =>
      lines(path).flatMap((line, index) =>
        bannedNames.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
      ),
    );
    expect(found).toEqual([]);
    const misnamed = sources.filter(
      (path) => !/^[a-z0-9-]+(\.[a-z]+)*\.tsx?$/.test(path.split('/').at(-1) ?? ''),
    );
    expect(misnamed).toEqual([]);
  });

  test('libraries are flat and have no doors but index, node and nest', () => {
    const nested = sources.filter((path) => /^libs\/[^/]+\/src\/.+\//.test(path));
    expect(nested).toEqual([]);
    const deep = sources.filter((path) => /^apps\/[^/]+\/src\/[^/]+\/.+\//.test(path));
    expect(deep).toEqual([]);
    const doors = Object.keys(packageJson().imports).filter(
      (key) => key !== '#sha256' && key !== '#ed25519',
    );
    expect(doors.filter((door) => !/^#[a-z-]+(\/(node|nest))?$/.test(door))).toEqual([]);
  });

  test('everything in the tree is text in NFC, without paths of one machine', () => {
    const prose = files.filter(
      (path) =>
        /\.(ts|tsx|md|json|mjs|cjs|yml|yaml|txt)$/.test(path) && path !== 'package-lock.json',
    );
    const notNfc = prose.filter(
      (path) => text(path).normalize('NFC') !== text(path) && !path.startsWith('test/vectors/'),
    );
    expect(notNfc).toEqual([]);
    const local = /(^|[^\w.])\/(work|root|home)\/[a-z]/m;
    expect(prose.filter((path) => path !== 'test/tidy.spec.ts' && local.test(text(path)))).toEqual(
      [],
    );
  });

  test('the lock file names no download address', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved"/);
  });

  test('each page of documentation has one title, and its links lead somewhere', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    const faults = pages.flatMap((path) => {
      const body = text(path).replace(/```[\s\S]*?```/g, '');
      const titles = body.split('\n').filter((line) => /^# /.test(line)).length;
      const wrongTitles = titles === 1 ? [] : [`${path}: ${titles} titles`];
      const links = [...body.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g)].map(
        (match) => match[1] ?? '',
      );
      const dead = links.filter((link) => !reaches(join(path, '..', link)));
      return [...wrongTitles, ...dead.map((link) => `${path}: dead link ${link}`)];
    });
    expect(faults).toEqual([]);
  });

  test('docs/ARCHITECTURE and the decisions keep to a page', () => {
    const pages = files.filter(
      (path) => path === 'docs/ARCHITECTURE.md' || path.startsWith('docs/decisions/'),
    );
    expect(pages.filter((path) => lines(path).length > 80)).toEqual([]);
  });
});

function listFiles(): string[] {
  const output = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, encoding: 'utf8' },
  );
  return [...new Set(output.split('\0').filter((path) => path !== ''))].filter((path) => {
    try {
      readFileSync(join(root, path));
      return true;
    } catch {
      return false;
    }
  });
}

function isSpec(path: string): boolean {
  return /\.(spec|contract)\.tsx?$/.test(path) || path.startsWith('test/');
}

function text(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function lines(path: string): string[] {
  return text(path).replace(/\n$/, '').split('\n');
}

function withoutComment(line: string): string {
  return /^\s*(\*|\/\/|\/\*)/.test(line) ? '' : line.replace(/\s\/\/ .*$/, '');
}

function reaches(path: string): boolean {
  return (
    files.includes(path) || files.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`))
  );
}

function packageJson(): { imports: Record<string, unknown> } {
  return JSON.parse(text('package.json')) as { imports: Record<string, unknown> };
}

/** Functions, methods and arrow functions over the limit, as the compiler's own parser sees them. */
function longFunctions(path: string): string[] {
  const source = ts.createSourceFile(path, text(path), ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const count = source.getLineAndCharacterOfPosition(node.end).line - first + 1;
      if (count > functionLinesMax) found.push(`${path}:${first + 1} ${count} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
