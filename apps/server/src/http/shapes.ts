import {
  documentKinds,
  idForms,
  invisibleIn,
  invisibleRanges,
  isAgencyId,
  isDigest,
  isIdPart,
  isIndicatorCode,
  isLongerThan,
  isRoundId,
  isUnitId,
  isUuid,
  parseCount,
  parseDay,
  parseDecimal,
  readFigureName,
  readRfc3339,
  textFault,
} from '#kernel';

/**
 * The accepted form of one JSON value: the code under which `expectations.ts` has the words, the
 * test, and the schema that OpenAPI shows. Ids, days, decimals and digests go through the kernel's
 * readers, so a request can hold nothing that a replay would not read. Test and schema agree as far
 * as JSON Schema can say it: not that a day of a pattern exists, nor that a text is NFC, nor which
 * characters beyond 16 bits nobody sees, since half the readers of patterns do not read those.
 */
export type Shape = {
  readonly code: string;
  readonly test: (value: unknown) => boolean;
  readonly schema: Readonly<Record<string, unknown>>;
};

const ofText = (
  code: string,
  test: (text: string) => boolean,
  example: string,
  more: object = {},
): Shape => ({
  code,
  test: (value) => typeof value === 'string' && test(value),
  schema: { type: 'string', example, ...more },
});

const ofForm = (
  code: string,
  test: (text: string) => boolean,
  pattern: string,
  example: string,
): Shape => ofText(code, test, example, { pattern });

export const agencyId = ofForm('agency', isAgencyId, idForms.agency, 'son_la.so_tc');
export const unitId = ofForm('unit', isUnitId, idForms.unit, 'son_la.so_khcn.p_khtc');
const someUuid = '3f0c1d2e-5a6b-4c7d-8e9f-0a1b2c3d4e5f';
export const personId = ofForm('person', isUuid, idForms.uuid, someUuid);
export const uuid = ofForm('uuid', isUuid, idForms.uuid, someUuid);
export const roundId = ofForm('round', isRoundId, idForms.round, 'son_la-qd1969-2026');
export const indicatorCode = ofForm('indicator', isIndicatorCode, idForms.indicator, 'I.4');
export const figureId = ofForm(
  'figure',
  (text) => readFigureName(text) !== undefined,
  idForms.figure,
  'son_la-qd1969-2026.I.4',
);
export const contributionId = ofForm(
  'contribution',
  (text) => typeof readFigureName(text)?.agencyPart === 'string',
  idForms.contribution,
  'son_la-qd1969-2026.I.4.so_khcn',
);
/** Half of the code of a problem, as in `command/stale`. */
const wordPattern = '^[a-z][a-z0-9-]{0,63}$';
export const problemWord = ofForm(
  'word',
  (text) => new RegExp(wordPattern).test(text),
  wordPattern,
  'command',
);
export const idPart = ofForm('id', isIdPart, idForms.part, 'son_la');
export const decimalText = ofForm(
  'decimal',
  (text) => parseDecimal(text) !== undefined,
  // Neither minus nought nor more than 34 digits.
  '^(?!-[0.]*$)(?=(?:[^0-9]*[0-9]){1,34}$)-?(0|[1-9][0-9]*)(\\.[0-9]+)?$',
  '12.50',
);
export const dayText = ofText('day', (text) => parseDay(text) !== undefined, '2026-09-30', {
  format: 'date',
});
export const digest = ofForm(
  'digest',
  isDigest,
  '^sha256:[0-9a-f]{64}$',
  `sha256:${'0'.repeat(64)}`,
);
/** In an address: as a program hashes a file, or as the ledger writes the digest everywhere. */
export const hexDigest = ofForm(
  'hex',
  (text) => /^(?:sha256:)?[0-9a-f]{64}$/.test(text),
  '^(sha256:)?[0-9a-f]{64}$',
  '0'.repeat(64),
);
export const documentKind = ofText(
  'document-kind',
  (text) => (documentKinds as readonly string[]).includes(text),
  'decision',
  { enum: documentKinds },
);

/**
 * Something to read, all of which can be seen; tabs and line feeds where lines are many, and no
 * other control characters.
 */
const unseen = `\\x7f-\\x9f${invisibleRanges.inPatterns}`;
const written = (allowed: string) => `^${allowed}*[^\\s\\x00-\\x1f${unseen}]${allowed}*$`;
const oneLine = written(`[^\\x00-\\x1f${unseen}]`);
const manyLines = written(`[^\\x00-\\x08\\x0b-\\x1f${unseen}]`);

/** Several lines of text. */
export const text = (lengthMax: number): Shape =>
  ofText(
    `text ${lengthMax}`,
    (value) => textFault(value, lengthMax, 'many') === undefined,
    'văn bản',
    { maxLength: lengthMax, pattern: manyLines },
  );

/** The same, but an empty one says something too: a cell that is empty in the source. */
export const quotation = (lengthMax: number): Shape =>
  ofText(
    `quotation ${lengthMax}`,
    (value) => value === '' || textFault(value, lengthMax, 'many') === undefined,
    'nguyên văn',
    { maxLength: lengthMax, pattern: `^$|${manyLines}` },
  );

/** One line of text. */
export const line = (lengthMax: number): Shape =>
  ofText(
    `line ${lengthMax}`,
    (value) => textFault(value, lengthMax, 'one') === undefined,
    'một dòng',
    { maxLength: lengthMax, pattern: oneLine },
  );

export const oneOf = (choices: readonly string[]): Shape =>
  ofText(`one-of ${choices.join(', ')}`, (value) => choices.includes(value), choices[0] ?? '', {
    enum: choices,
  });

export const truth: Shape = {
  code: 'boolean',
  test: (value) => typeof value === 'boolean',
  schema: { type: 'boolean' },
};

const isWholeFrom = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least;

export const versionNumber: Shape = {
  code: 'version',
  test: isWholeFrom(1),
  schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, example: 1 },
};
export const count: Shape = {
  code: 'count',
  test: isWholeFrom(0),
  schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, example: 0 },
};

/** The register folds case. Nothing beyond ASCII: letters of two scripts look alike (UTS 39). */
const loginForm = '^[A-Za-z0-9._@-]{1,64}$';
export const login = ofForm(
  'login',
  (value) => new RegExp(loginForm).test(value),
  loginForm,
  'so_tc.chuyen_vien',
);
/** What a good secret is, the register decides; here only that somebody could have typed it. */
export const secret = ofText(
  'secret',
  (value) => value !== '' && !isLongerThan(value, 1024),
  'bốn từ ghép lại với nhau',
  { minLength: 1, maxLength: 1024, format: 'password' },
);
export const token = ofText('token', (value) => /^[\x21-\x7e]{1,512}$/.test(value), 'ma-da-cap', {
  pattern: '^[\\x21-\\x7e]{1,512}$',
  format: 'password',
});
/** No control characters either: PostgreSQL keeps no text with a NUL in it. */
const unspaced = `[^\\s@\\x00-\\x1f${unseen}]`;
const undotted = `[^\\s@.\\x00-\\x1f${unseen}]`;
const address = new RegExp(`^${unspaced}+@${undotted}+(?:\\.${undotted}+)+$`);
export const email = ofText(
  'email',
  (value) => !isLongerThan(value, 254) && address.test(value) && !invisibleIn(value),
  'van_thu@example.vn',
  { maxLength: 254, pattern: address.source },
);
const telephone = /^\+?[0-9][0-9 .-]{5,22}[0-9]$/;
export const phone = ofForm(
  'phone',
  (value) => telephone.test(value),
  telephone.source,
  '+84 000 000 000',
);

/** Query parameters are text, so these look at text. */
export const asOfText = ofText(
  'as-of',
  (value) => parseCount(value) !== undefined || readRfc3339(value) !== undefined,
  '2026-09-30T16:59:59Z',
  { anyOf: [{ format: 'date-time' }, { pattern: '^(0|[1-9][0-9]{0,14})$' }] },
);
export const pageItemsMax = 200;
export const limitText = ofForm(
  `limit ${pageItemsMax}`,
  (value) => {
    const limit = parseCount(value);
    return limit !== undefined && limit >= 1 && limit <= pageItemsMax;
  },
  '^([1-9][0-9]?|1[0-9]{2}|200)$',
  '50',
);
const cursor = /^[A-Za-z0-9_-]{1,512}$/;
export const cursorText = ofForm(
  'cursor',
  (value) => cursor.test(value),
  cursor.source,
  'b2Zmc2V0',
);
