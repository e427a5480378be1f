import type { Finding, Verdict } from '#verification';
import type { Say, Terminal } from './terminal.ts';

export function showVerdict(
  terminal: Terminal,
  verdict: Verdict,
  says: Readonly<Record<Verdict, Say>>,
): void {
  terminal.line(terminal.text(says[verdict]));
}

const marks = { fault: '✗', unknown: '?', note: '·' } as const;

/** One paragraph for each: what, where, and both digests where there are two. */
export function showFindings(terminal: Terminal, findings: readonly Finding[]): void {
  for (const one of findings) {
    terminal.line(`  ${marks[one.severity]} ${terminal.text(one.say)} [${one.code}]`);
    const place = placeOf(terminal, one);
    if (place !== '') terminal.line(`      ${place}`);
    if (one.detail !== undefined) terminal.line(`      ${one.detail}`);
    if (one.expected !== undefined) {
      terminal.line(`      ${terminal.text({ vi: 'cần có ', en: 'expected' })} ${one.expected}`);
    }
    if (one.found !== undefined) {
      terminal.line(`      ${terminal.text({ vi: 'thấy là', en: 'found   ' })} ${one.found}`);
    }
  }
}

function placeOf(terminal: Terminal, { index, stream, revision, path }: Finding): string {
  const words = [];
  if (index !== undefined) {
    words.push(terminal.text({ vi: `bản ghi ${index}`, en: `entry ${index}` }));
  }
  if (stream !== undefined) {
    const number = String(revision ?? '');
    words.push(terminal.text({ vi: `${stream} số ${number}`, en: `${stream} revision ${number}` }));
  }
  if (path !== undefined) words.push(path);
  return words.join(', ');
}
