import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingTexts } from '#verification';
import { pageNames, pagesFolder } from './pages.ts';

/** A row of the table in docs/formats/findings.md, as texts. */
export type FindingRow = {
  readonly code: string;
  readonly severity: string;
  readonly meaning: string;
  /** The pages whose rule it is, by file name. */
  readonly rules: readonly string[];
};

const page = join(pagesFolder, 'findings.md');
const begin = '<!-- made by test/formats.spec.ts from libs/verification/src/finding-texts.ts -->\n';
const end = '<!-- end of what is made -->\n';

/** The rule of what no page calls by its name: the page on the thing that was looked at. */
const pageOfContext: Readonly<Record<string, string>> = {
  log: 'log.md',
  entry: 'entry.md',
  receipt: 'receipt.md',
  // The event store is held to "every event is an entry"; deposits and persons are events.
  store: 'entry.md',
  evidence: 'events.md',
  register: 'shapes.md',
};

/** One row for each code of the judge, in the order of its catalogue. */
export function findingRows(): readonly FindingRow[] {
  const specifying = pageNames.filter((name) => !['README.md', 'findings.md'].includes(name));
  const pages = specifying.map(
    (name) => [name, readFileSync(join(pagesFolder, name), 'utf8')] as const,
  );
  return Object.entries(findingTexts).map(([code, { severity, en }]) => {
    const named = pages.filter(([, text]) => text.includes(`\`${code}\``)).map(([name]) => name);
    const other = pageOfContext[contextOf(code)];
    if (other === undefined) throw new TypeError(`${code} has no page: name one above`);
    return { code, severity, meaning: en, rules: named.length > 0 ? named : [other] };
  });
}

const contextOf = (code: string): string => code.slice(0, code.indexOf('/'));

/** What stands in the page: each row of each of its tables of codes. */
export function rowsOfPage(): readonly FindingRow[] {
  const row = /^\| `([a-z]+\/[a-z0-9-]+)` \| (\w+) \| (.*) \| (.*) \|$/gm;
  return [...readFileSync(page, 'utf8').matchAll(row)].map(
    ([, code = '', severity = '', meaning = '', rules = '']) => {
      const names = [...rules.matchAll(/\]\(([^)]*)\)/g)].map(([, name = '']) => name);
      return { code, severity, meaning, rules: names };
    },
  );
}

/** Puts the tables of the code in place of those of the page; its prose stays. */
export function writeFindingsPage(): void {
  const [before, rest] = readFileSync(page, 'utf8').split(begin) as [string, string];
  const after = rest.slice(rest.indexOf(end));
  const sections = [...Map.groupBy(findingRows(), ({ code }) => contextOf(code))];
  const tables = sections.map(([context, rows]) => {
    const lines = rows.map(({ code, severity, meaning, rules }) => {
      const links = rules.map((name) => `[${name}](${name})`).join(', ');
      return `| \`${code}\` | ${severity} | ${meaning} | ${links} |\n`;
    });
    return `## ${context}\n\n| code | severity | meaning | rule |\n|---|---|---|---|\n${lines.join('')}`;
  });
  writeFileSync(page, `${before}${begin}\n${tables.join('\n')}\n${after}`);
}
