import {
  documentKinds,
  isAgencyId,
  isDigest,
  isIdPart,
  isIndicatorCode,
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
 * readers, so a request can hold nothing that a replay would not read.
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

export const agencyId = ofText('agency', isAgencyId, 'son_la.so_tc');
export const unitId = ofText('unit', isUnitId, 'son_la.so_khcn.p_khtc');
export const personId = ofText('person', isUuid, '3f0c1d2e-5a6b-4c7d-8e9f-0a1b2c3d4e5f', {
  format: 'uuid',
});
export const uuid = ofText('uuid', isUuid, '3f0c1d2e-5a6b-4c7d-8e9f-0a1b2c3d4e5f', {
  format: 'uuid',
});
export const roundId = ofText('round', isRoundId, 'son_la-qd1969-2026');
export const indicatorCode = ofText('indicator', isIndicatorCode, 'I.4');
export const figureId = ofText(
  'figure',
  (text) => readFigureName(text) !== undefined,
  'son_la-qd1969-2026.I.4',
);
export const contributionId = ofText(
  'contribution',
  (text) => typeof readFigureName(text)?.agencyPart === 'string',
  'son_la-qd1969-2026.I.4.so_khcn',
);
export const idPart = ofText('id', isIdPart, 'son_la', { pattern: '^[a-z0-9_]+$' });
export const decimalText = ofText('decimal', (text) => parseDecimal(text) !== undefined, '12.50', {
  pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$',
});
export const dayText = ofText('day', (text) => parseDay(text) !== undefined, '2026-09-30', {
  format: 'date',
});
export const digest = ofText('digest', isDigest, `sha256:${'0'.repeat(64)}`, {
  pattern: '^sha256:[0-9a-f]{64}$',
});
/** In an address: as a program hashes a file, or as the ledger writes the digest everywhere. */
export const hexDigest = ofText(
  'hex',
  (text) => /^(?:sha256:)?[0-9a-f]{64}$/.test(text),
  '0'.repeat(64),
  { pattern: '^(sha256:)?[0-9a-f]{64}$' },
);
export const documentKind = ofText(
  'document-kind',
  (text) => (documentKinds as readonly string[]).includes(text),
  'decision',
  { enum: documentKinds },
);

/** Several lines of text. */
export const text = (lengthMax: number): Shape =>
  ofText(
    `text ${lengthMax}`,
    (value) => textFault(value, lengthMax, 'many') === undefined,
    'văn bản',
    { maxLength: lengthMax },
  );

/** The same, but an empty one says something too: a cell that is empty in the source. */
export const quotation = (lengthMax: number): Shape =>
  ofText(
    `quotation ${lengthMax}`,
    (value) => value === '' || textFault(value, lengthMax, 'many') === undefined,
    'nguyên văn',
    { maxLength: lengthMax },
  );

/** One line of text. */
export const line = (lengthMax: number): Shape =>
  ofText(
    `line ${lengthMax}`,
    (value) => textFault(value, lengthMax, 'one') === undefined,
    'một dòng',
    { maxLength: lengthMax },
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
  schema: { type: 'integer', minimum: 1, example: 1 },
};
export const count: Shape = {
  code: 'count',
  test: isWholeFrom(0),
  schema: { type: 'integer', minimum: 0, example: 0 },
};

/** The register folds case; here only that it is one word. */
export const login = ofText(
  'login',
  (value) => textFault(value, 64, 'one') === undefined && !/\s/u.test(value),
  'so_tc.chuyen_vien',
  { maxLength: 64 },
);
/** What a good secret is, the register decides; here only that somebody could have typed it. */
export const secret = ofText(
  'secret',
  (value) => value.length >= 1 && value.length <= 1024,
  'bốn từ ghép lại với nhau',
  { minLength: 1, maxLength: 1024, format: 'password' },
);
export const token = ofText('token', (value) => /^[\x21-\x7e]{1,512}$/.test(value), 'mã đã cấp', {
  format: 'password',
});
export const email = ofText(
  'email',
  (value) => value.length <= 254 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value),
  'van_thu@example.vn',
  { format: 'email' },
);
export const phone = ofText(
  'phone',
  (value) => /^\+?[0-9][0-9 .-]{5,22}[0-9]$/.test(value),
  '+84 000 000 000',
);

/** Query parameters are text, so these look at text. */
export const asOfText = ofText(
  'as-of',
  (value) => parseCount(value) !== undefined || readRfc3339(value) !== undefined,
  '2026-09-30T16:59:59Z',
);
export const limitText = (most: number): Shape =>
  ofText(
    `limit ${most}`,
    (value) => {
      const limit = parseCount(value);
      return limit !== undefined && limit >= 1 && limit <= most;
    },
    '50',
  );
export const cursorText = ofText(
  'cursor',
  (value) => /^[A-Za-z0-9_.~-]{1,512}$/.test(value),
  'b2Zmc2V0',
);
