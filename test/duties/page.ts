import { isEvent } from './matrix.ts';
import type { Tally } from './matrix.ts';

/** The matrix as a page for people: what each act wants, who was allowed it, what refused it. */
export type Section = {
  readonly title: string;
  readonly tally: Tally;
  /** Rows by act, in the order of the page. */
  readonly rows: Readonly<Record<string, { readonly says: string }>>;
};

const wearersShown = 14;

export function pageOf(sections: readonly Section[]): string {
  const cells = sections.reduce((sum, { tally }) => sum + tally.cells, 0);
  const allowed = sections.reduce((sum, { tally }) => sum + tally.allowedCount, 0);
  const refused = new Map<string, number>();
  for (const { tally } of sections) {
    for (const [outcome, count] of tally.byOutcome) {
      if (!isEvent(outcome)) refused.set(outcome, (refused.get(outcome) ?? 0) + count);
    }
  }
  return [
    '# Separation of duties, cell by cell',
    '',
    'Made by `test/duties/matrix.spec.ts`, which fails when this page is out of date; to write it',
    'anew, run the spec with `LEDGER_TEST_WRITE_DOCS=1`. A cell is one act, by one person with one past,',
    'wearing one set of offices, in one state of one setting. What must come of it is read from a',
    'table written from the rules in words, and compared with what the deciders say.',
    '',
    `${numeral(cells)} cells: ${numeral(allowed)} allowed, ${numeral(cells - allowed)} refused.`,
    '',
    '| refused with | cells |',
    '|---|---:|',
    ...[...refused].sort(byName).map(([code, count]) => `| \`${code}\` | ${numeral(count)} |`),
    '',
    ...sections.flatMap(sectionOf),
  ].join('\n');
}

function sectionOf({ title, tally, rows }: Section): string[] {
  return [
    `## ${title}`,
    '',
    `${numeral(tally.cells)} cells, ${numeral(tally.allowedCount)} of them allowed.`,
    '',
    ...Object.entries(rows).flatMap(([act, { says }]) => {
      const outcomes = [...(tally.byAct.get(act) ?? [])].sort(byName);
      const who = [...(tally.allowed.get(act) ?? [])].sort();
      const more = who.length > wearersShown ? `, and ${who.length - wearersShown} more` : '';
      const counts = outcomes.map(([outcome, count]) => `\`${outcome}\` ${numeral(count)}`);
      return [
        `### ${act}`,
        '',
        `> ${says}`,
        '',
        `Allowed to: ${who.length === 0 ? 'nobody' : `${who.slice(0, wearersShown).join('; ')}${more}`}.`,
        '',
        `${counts.join(', ')}.`,
        '',
      ];
    }),
  ];
}

/** 491 648: groups of three, so that the page reads the same in both languages. */
function numeral(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

function byName([left]: readonly [string, number], [right]: readonly [string, number]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
