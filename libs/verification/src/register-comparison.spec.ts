import { describe, expect, test } from '@jest/globals';
import { canonicalJson, derivedUuid, digestOf, hex, sha256 } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { LogClaims, streamOfPerson } from './log-claims.ts';
import { MadeStory, placesOf } from './made-log.contract.ts';
import { compareWithRegister } from './register-comparison.ts';
import type { ParticularsRow, PersonRow, RegisterRows } from './register-comparison.ts';

const agency = 'son_la.so_tc';
const [one, two] = ['one', 'two'].map((name) => derivedUuid(['person', name])) as [string, string];

/** What a registrar enters, with the row that opens its commitment. */
function entered(person: string, name: string, position: string): ParticularsRow {
  const salt = hex(sha256(new TextEncoder().encode(`${person} ${name} ${position}`)));
  const text = canonicalJson({ agency, name, position });
  const commitment = digestOf(Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]));
  return { commitment, person, salt, name, position, agency, settled: true };
}

const officer = entered(one, 'Chuyên viên một', 'Chuyên viên');
const deputy = entered(one, 'Chuyên viên một', 'Phó Trưởng phòng');
const head = entered(two, 'Giám đốc Sở Tài chính', 'Giám đốc');
const allRows = [officer, deputy, head];

function shown(row: ParticularsRow, told: Partial<PersonRow> = {}): PersonRow {
  const { person, name, position } = row;
  const state = { recorded: true, hasContact: true, isErased: false };
  return { person, name, position, agency, ...state, ...told };
}

const allPersons = [shown(deputy), shown(head)];

type Told = readonly [person: string, type: string, data: object];
const history: readonly Told[] = [
  [one, 'person.enrolled.v1', { commitment: officer.commitment }],
  [two, 'person.enrolled.v1', { commitment: head.commitment }],
  [two, 'role.granted.v1', { commitment: head.commitment }],
  [one, 'person.renamed.v1', { commitment: deputy.commitment }],
];

/** The first `logged` events are proven entries; all of them stand in the event store. */
function held(told: readonly Told[] = history, logged = told.length) {
  const claims = new LogClaims();
  const events: Entry[] = [];
  const revisions = new Map<string, number>();
  for (const [index, [person, type, data]] of told.entries()) {
    const stream = streamOfPerson(person);
    const revision = revisions.get(stream) ?? 0;
    revisions.set(stream, revision + 1);
    const event = MadeStory.of(1).next(stream, { type, data, revision });
    events.push(event);
    if (index < logged) claims.take(event, index);
  }
  claims.settle(logged);
  return { claims, events };
}

async function found(
  particulars: readonly ParticularsRow[] = allRows,
  persons: readonly PersonRow[] = allPersons,
  { claims, events } = held(),
) {
  const rows: RegisterRows = {
    particulars: () => given(particulars),
    persons: () => given(persons),
    eventsOf: (person) => given(events.filter(({ stream }) => stream === streamOfPerson(person))),
  };
  const list = await compareWithRegister({ claims, rows });
  return [list.verdict(true), placesOf(list.findings)] as const;
}

async function* given<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

const places = [0, 1, 2, 3].map((index) => ({
  index,
  stream: streamOfPerson(index === 1 || index === 2 ? two : one),
  revision: index === 0 || index === 1 ? 0 : 1,
}));
const sound = ['sound', []];

describe('a register held against the log', () => {
  test('as it was entered has no finding', async () => {
    expect(await found()).toEqual(sound);
  });

  test('two names swapped where they are kept', async () => {
    const [first, second] = [
      { ...deputy, name: head.name },
      { ...head, name: deputy.name },
    ];
    const [verdict, told] = await found([officer, first, second]);
    expect(verdict).toBe('unsound');
    expect(told).toEqual([
      {
        code: 'register/differs',
        ...places[3],
        expected: deputy.commitment,
        found: madeOf(first),
      },
      { code: 'register/differs', ...places[1], expected: head.commitment, found: madeOf(second) },
    ]);
  });

  test('two names swapped where they are shown', async () => {
    const persons = [shown({ ...deputy, name: head.name }), shown({ ...head, name: deputy.name })];
    expect(await found(allRows, persons)).toEqual([
      'unsound',
      [
        { code: 'register/shown-differs', ...places[3], expected: deputy.commitment },
        { code: 'register/shown-differs', ...places[1], expected: head.commitment },
      ],
    ]);
  });

  test('a position or an agency is as much committed to as a name', async () => {
    for (const other of [{ position: 'Giám đốc' }, { agency: 'son_la.so_ct' }]) {
      const [verdict, told] = await found(allRows, [{ ...shown(deputy), ...other }, shown(head)]);
      expect([verdict, told.map(({ code }) => code)]).toEqual([
        'unsound',
        ['register/shown-differs'],
      ]);
      expect((await found([officer, { ...deputy, ...other }, head]))[0]).toBe('unsound');
    }
  });

  test.each([
    ['another salt', { salt: head.salt }],
    ['half a salt', { salt: deputy.salt.slice(32) }],
    ['a salt in capitals', { salt: deputy.salt.toUpperCase() }],
    ['a name with half a letter', { name: '\ud800' }],
  ])('%s opens nothing', async (_, other) => {
    const row = { ...deputy, ...other };
    const [verdict, told] = await found([officer, row, head]);
    expect(verdict).toBe('unsound');
    expect(told).toEqual([
      { code: 'register/differs', ...places[3], expected: deputy.commitment, found: madeOf(row) },
    ]);
  });

  test('a row that is gone is missing, at the entry that first commits to it', async () => {
    expect(await found([officer, deputy])).toEqual([
      'unsound',
      [{ code: 'register/missing', ...places[1], expected: head.commitment }],
    ]);
  });

  test('a row under another person opens nothing of the first one', async () => {
    const moved = { ...head, person: one, settled: false };
    const stream = streamOfPerson(one);
    expect(await found([officer, deputy, moved])).toEqual([
      'unsound',
      [
        { code: 'register/unsettled', stream, found: head.commitment },
        { code: 'register/missing', ...places[1], expected: head.commitment },
      ],
    ]);
  });

  test('a former position is shown: told where a crash may have left it so, else a fault', async () => {
    const former = { expected: deputy.commitment, found: officer.commitment };
    const before = [shown(officer), shown(head)];
    expect(await found(allRows, before)).toEqual([
      'unsound',
      [{ code: 'register/shown-differs', ...places[3], ...former }],
    ]);
    const pending = allRows.map((row) => (row === deputy ? { ...deputy, settled: false } : row));
    expect(await found(pending, before)).toEqual([
      'sound',
      [{ code: 'register/shown-outdated', ...places[3], ...former }],
    ]);
  });

  test('rows that no event names', async () => {
    const third = entered(derivedUuid(['person', 'three']), 'Không ai', 'Chuyên viên');
    const stream = streamOfPerson(third.person);
    const rows = [...allRows, third];
    expect(await found(rows, [...allPersons, shown(third)])).toEqual([
      'unsound',
      [
        { code: 'register/unrecorded', stream, found: third.commitment },
        { code: 'register/unrecorded', stream },
      ],
    ]);
    // A crash between row and event leaves these, and a start removes them.
    const unsettled = [...allRows, { ...third, settled: false }];
    expect(await found(unsettled, [...allPersons, shown(third, { recorded: false })])).toEqual([
      'sound',
      [
        { code: 'register/unsettled', stream, found: third.commitment },
        { code: 'register/unsettled', stream },
      ],
    ]);
    // Where an entry could not be read, it may be the one that names them.
    const { claims, events } = held();
    claims.settle(5);
    const parts = { claims, events };
    expect(await found(rows, [...allPersons, shown(third)], parts)).toEqual(sound);
  });

  test('follows the event store where the log is not that far', async () => {
    const stream = streamOfPerson(one);
    expect(await found(allRows, allPersons, held(history, 3))).toEqual([
      'sound',
      [
        { code: 'register/behind-log', stream, found: deputy.commitment },
        {
          code: 'register/behind-log',
          ...places[0],
          expected: officer.commitment,
          found: deputy.commitment,
        },
      ],
    ]);
    const [verdict, told] = await found(allRows, allPersons, held(history, 1));
    expect([verdict, new Set(told.map(({ code }) => code))]).toEqual([
      'sound',
      new Set(['register/behind-log']),
    ]);
    // Another name is no better for it.
    const persons = [shown({ ...deputy, name: head.name }), shown(head)];
    const [other, differing] = await found(allRows, persons, held(history, 3));
    expect([other, differing.at(-1)?.code]).toEqual(['unsound', 'register/shown-differs']);
  });

  test('knows who was enrolled since, by one event in the store', async () => {
    const stream = streamOfPerson(two);
    const enrolled = [history[0], history[1]] as readonly Told[];
    expect(await found([officer, head], [shown(officer), shown(head)], held(enrolled, 1))).toEqual([
      'sound',
      [
        { code: 'register/behind-log', stream, found: head.commitment },
        { code: 'register/behind-log', stream },
      ],
    ]);
  });

  test('believes no event of the store at a revision that the log has', async () => {
    const strange = entered(one, 'Ai đó', 'Trưởng phòng');
    const { claims, events } = held();
    const altered = events.map((event) =>
      event.stream === streamOfPerson(one) && event.revision === 1
        ? { ...event, data: { commitment: strange.commitment } }
        : event,
    );
    const persons = [shown(strange), shown(head)];
    const stream = streamOfPerson(one);
    expect(await found([...allRows, strange], persons, { claims, events: altered })).toEqual([
      'unsound',
      [
        { code: 'register/unrecorded', stream, found: strange.commitment },
        { code: 'register/shown-differs', ...places[3], expected: deputy.commitment },
      ],
    ]);
  });

  test('a database that fails could not be told of, and what was found stands', async () => {
    const { claims } = held();
    const rows: RegisterRows = {
      particulars: () => given([{ ...officer, name: 'Ai đó' }]),
      async *persons() {
        yield* allPersons.slice(0, 1);
        throw new Error('the database does not answer');
      },
      eventsOf: () => given([]),
    };
    const list = await compareWithRegister({ claims, rows });
    expect(list.findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['register/differs', undefined],
      ['register/unusable', 'the database does not answer'],
    ]);
  });
});

describe('contact data', () => {
  const erased: Told = [one, 'person.erased.v1', { what: 'contact-data' }];
  const place = { index: 4, stream: streamOfPerson(one), revision: 2 };
  const personsWith = (told: Partial<PersonRow>) => [shown(deputy, told), shown(head)];
  const gone = { hasContact: false, isErased: true };

  test.each([
    ['erased, as it was recorded', gone, 'sound', { code: 'register/contact-erased', ...place }],
    [
      'erased, and there again',
      { ...gone, hasContact: true },
      'sound',
      { code: 'register/contact-kept', ...place },
    ],
    ['not erased yet', { hasContact: false }, 'sound', { code: 'register/contact-kept', ...place }],
  ])('%s', async (_, told, verdict, finding) => {
    const after = held([...history, erased]);
    expect(await found(allRows, personsWith(told), after)).toEqual([verdict, [finding]]);
  });

  test('erased without an event', async () => {
    const stream = streamOfPerson(one);
    expect(await found(allRows, personsWith(gone))).toEqual([
      'unsound',
      [{ code: 'register/erasure-unrecorded', stream }],
    ]);
    expect(await found(allRows, personsWith(gone), held([...history, erased], 4))).toEqual([
      'sound',
      [{ code: 'register/behind-log', stream }],
    ]);
    expect(await found(allRows, personsWith({ hasContact: false }))).toEqual(sound);
  });
});

/** By the words of docs/formats/shapes.md; nothing where there are no bytes to hash. */
function madeOf({ salt, name, position, agency: of }: ParticularsRow): Digest {
  const isWhole = name.isWellFormed();
  const opening = Buffer.from(/^[0-9a-f]{64}$/.test(salt) ? salt : '', 'hex');
  const text = isWhole ? canonicalJson({ agency: of, name, position }) : '';
  return digestOf(isWhole ? Buffer.concat([opening, Buffer.from(text)]) : new Uint8Array(0));
}
