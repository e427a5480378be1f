/** The two languages of the ledger. Vietnamese is the official one and the answer in doubt. */
export type Language = 'vi' | 'en';

/**
 * The language to answer in, by Accept-Language (RFC 9110 section 12.5.4). English only when the
 * client ranks it above Vietnamese; `*` and everything unreadable mean Vietnamese.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  const weights = { vi: 0, en: 0 };
  for (const range of (acceptLanguage ?? '').split(',').slice(0, 20)) {
    const [tag = '', ...parameters] = range.split(';').map((piece) => piece.trim().toLowerCase());
    const primary = tag.split('-')[0];
    if (primary !== 'vi' && primary !== 'en') continue;
    weights[primary] = Math.max(weights[primary], weightOf(parameters));
  }
  return weights.en > weights.vi ? 'en' : 'vi';
}

/** Thousandths: a quality value has at most three digits after the point, so no float is needed. */
function weightOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  if (quality === undefined) return 1000;
  const match = /^q=(?:(1)(?:\.0{0,3})?|0(?:\.([0-9]{0,3}))?)$/.exec(quality);
  if (!match) return 0;
  if (match[1] !== undefined) return 1000;
  return [...(match[2] ?? '').padEnd(3, '0')].reduce(
    (sum, digit) => sum * 10 + '0123456789'.indexOf(digit),
    0,
  );
}
