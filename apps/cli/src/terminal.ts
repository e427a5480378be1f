import { jsonText, spelledOut } from '#kernel';
import type { Decimal } from '#kernel';

export type Language = 'vi' | 'en';

/** A text in both languages, as everything a person reads is. */
export type Say = { readonly vi: string; readonly en: string };

/**
 * `--lang` if given, else Vietnamese where the terminal's locale is Vietnamese, else English. Of the
 * locale's variables the first counts that is set and not empty (POSIX.1-2024, section 8.2).
 */
export function chooseLanguage(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
): Language {
  if (option === 'vi' || option === 'en') return option;
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return locale.startsWith('vi') ? 'vi' : 'en';
}

/**
 * Writes for people: progress lines, headings and tables in one language. Much of what it is given
 * was written by others, who may wish to say something else than is so: what a terminal would obey is
 * spelled out.
 */
export class Terminal {
  readonly language: Language;
  private readonly write: (text: string) => void;

  constructor(language: Language, write: (text: string) => void) {
    this.language = language;
    this.write = write;
  }

  text(say: Say): string {
    return say[this.language];
  }

  heading(say: Say): void {
    const text = spelledOut(this.text(say));
    this.write(`\n${text}\n${'─'.repeat([...text].length)}\n`);
  }

  done(say: Say): void {
    this.line(`  ✓ ${this.text(say)}`);
  }

  /** Something was refused, as it should be. */
  refused(say: Say): void {
    this.line(`  ✗ ${this.text(say)}`);
  }

  line(text = ''): void {
    this.write(`${spelledOut(text)}\n`);
  }

  /** A report for programs, which is read on terminals all the same: the same value, escaped. */
  json(value: unknown): void {
    const characters = Array.from(jsonText(value, 2), (character) =>
      character === '\n' || spelledOut(character) === character ? character : escaped(character),
    );
    this.write(`${characters.join('')}\n`);
  }

  /** Columns as wide as their widest cell; numbers to the right. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = header.map((title, column) =>
      Math.max(width(title), ...rows.map((row) => width(row[column] ?? ''))),
    );
    const numeric = header.map((_, column) =>
      rows.every((row) => /^[-\d.,%]*$/.test(row[column] ?? '')),
    );
    const print = (cells: readonly string[]): string =>
      cells
        .map((cell, column) => {
          const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
          return numeric[column] ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd();
    this.line(`  ${print(header)}`);
    this.line(`  ${widths.map((wide) => '─'.repeat(wide)).join('  ')}`);
    for (const row of rows) this.line(`  ${print(row)}`);
  }
}

/** As JSON escapes it: each unit of UTF-16 by itself (RFC 8259, section 7). */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Text in NFC takes one column a code point in the scripts used here. */
function width(text: string): number {
  return [...text].length;
}

/** `1234567.80` as `1.234.567,80` (vi-VN) or `1,234,567.80`; digit by digit, never through a float. */
export function formatDecimal(value: Decimal | string, language: Language): string {
  const [whole = '', fraction] = value.replace(/^-/, '').split('.');
  const [group, point] = language === 'vi' ? ['.', ','] : [',', '.'];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
  return `${value.startsWith('-') ? '-' : ''}${grouped}${fraction === undefined ? '' : point + fraction}`;
}

/** A day as `30/09/2026` in Vietnamese, ISO in English. */
export function formatDay(day: string, language: Language): string {
  const [year, month, date] = day.split('-');
  return language === 'vi' ? `${date}/${month}/${year}` : day;
}
