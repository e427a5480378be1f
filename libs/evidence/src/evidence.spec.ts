import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import type { Actor, DocumentRef, Role } from '#kernel';
import type { ActingPerson, Capacity } from '#directory';
import { given, historyStart, someActor } from '#testing';
import { readableDeposit } from './deposit.ts';
import { evidenceReferenceDecider, evidenceReferenceStream } from './evidence-reference.ts';
import type { EvidenceCommand, EvidenceReferenceCommand } from './evidence.commands.ts';
import type { EvidenceFact, EvidenceReferenceFact } from './evidence.events.ts';
import { evidenceDecider, evidenceStream, ledgerItself } from './evidence.ts';
import type { Evidence, EvidenceContext, FoundContent } from './evidence.ts';

const evidence = digestOf('a file');
const stream = evidenceStream(evidence);
const finance = 'son_la.so_tc';
const science = 'son_la.so_khcn';

const document: DocumentRef = {
  kind: 'report',
  number: '12/BC-STC',
  date: day('2026-09-15'),
  issuer: 'Sở Tài chính',
  title: 'Báo cáo quyết toán chi khoa học và công nghệ',
  digest: null,
};
const periodCovered = { from: day('2026-01-01'), to: day('2026-06-30') };
const found: FoundContent = {
  sizeBytes: 4711,
  mediaType: 'application/pdf',
  blob: { store: 'folder', versionId: null, retainUntil: null },
};

function actingAs(...hats: [role: Role, agency: string][]): ActingPerson {
  const capacities = hats.map(([role, agency], index): Capacity => ({
    grant: `grant-${index}`,
    role,
    agency,
    unit: agency,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  }));
  return { person: someActor.person, agency: capacities[0]?.agency ?? science, capacities };
}

function actor(role: Role, agency: string): Actor {
  return { person: someActor.person, agency, unit: agency, role, actingFor: null };
}

const registered = new Set([finance, science, 'son_la.ubnd_xa']);
const officer: EvidenceContext = { acting: actingAs(['officer', finance]), registered, found };
const deposit: Extract<EvidenceCommand, { type: 'deposit' }> = {
  type: 'deposit',
  evidence,
  document,
  periodCovered,
  depositedFor: finance,
};
const deposited: Extract<EvidenceFact, { type: 'evidence.deposited.v1' }> = {
  type: 'evidence.deposited.v1',
  data: { evidence, ...found, document, periodCovered, depositedFor: finance },
};

describe('a deposit', () => {
  test('states what was found in the store, and who handed it in for whom', () => {
    given(evidenceDecider, [], stream)
      .when(deposit, officer)
      .then([deposited])
      .thenActor(actor('officer', finance));
  });

  test.each<Role>(['officer', 'checker', 'head', 'deputy', 'certifier', 'auditor', 'inspector'])(
    'is made by a %s for the own agency only',
    (role) => {
      const own = { ...officer, acting: actingAs([role, finance]) };
      given(evidenceDecider, []).when(deposit, own).thenActor(actor(role, finance));
      const other = { ...officer, acting: actingAs([role, science]) };
      given(evidenceDecider, [])
        .when(deposit, other)
        .refuses('evidence/not-your-agency', { depositedFor: finance });
    },
  );

  test('is made by a registrar for any agency, but as one of its own where both are held', () => {
    const registrar = { ...officer, acting: actingAs(['registrar', science]) };
    given(evidenceDecider, []).when(deposit, registrar).thenActor(actor('registrar', science));
    const both = { ...officer, acting: actingAs(['registrar', science], ['head', finance]) };
    given(evidenceDecider, []).when(deposit, both).thenActor(actor('head', finance));
  });

  test.each<ActingPerson>([actingAs(), actingAs(['recipient', finance])])(
    'is refused to whoever has no such role',
    (acting) => {
      given(evidenceDecider, [])
        .when(deposit, { ...officer, acting })
        .refuses('evidence/not-your-agency');
    },
  );

  test('needs the content first', () => {
    given(evidenceDecider, [])
      .when(deposit, { ...officer, found: null })
      .refuses('evidence/content-missing', { evidence });
  });

  test('of the same file twice is refused, saying by which agency and when', () => {
    const first = { evidence, depositedFor: finance, depositedAt: historyStart };
    // The store is not looked at any more: the answer is the same with the blob away.
    const again = { ...officer, found: null };
    given(evidenceDecider, [deposited], stream)
      .when(deposit, again)
      .refuses('evidence/already-deposited', { ...first, same: true });
    const renumbered = { ...deposit, document: { ...document, number: '13/BC-STC' } };
    given(evidenceDecider, [deposited], stream)
      .when(renumbered, again)
      .refuses('evidence/already-deposited', { ...first, same: false });
  });

  test('does not depend on how its members are ordered', () => {
    const reversed = Object.fromEntries(Object.entries(document).reverse()) as DocumentRef;
    given(evidenceDecider, [deposited])
      .when({ ...deposit, document: reversed }, officer)
      .refuses('evidence/already-deposited', { same: true });
  });

  test('may name its own digest in the document, and no other', () => {
    const own = { ...document, digest: evidence };
    given(evidenceDecider, [])
      .when({ ...deposit, document: own }, officer)
      .then([{ ...deposited, data: { ...deposited.data, document: own } }]);
    const other = { ...document, digest: digestOf('another file') };
    given(evidenceDecider, [])
      .when({ ...deposit, document: other }, officer)
      .refuses('evidence/document-invalid', { pointer: '/document/digest' });
  });

  const about = (change: Partial<DocumentRef>) => ({ document: { ...document, ...change } });
  const backwards = { from: day('2026-07-01'), to: day('2026-06-30') };
  const wrong: [string, Partial<typeof deposit>, string, string][] = [
    ['an unknown kind', about({ kind: 'novel' as never }), 'document-invalid', '/document/kind'],
    ['no real day', about({ date: '2026-02-30' as never }), 'document-invalid', '/document/date'],
    ['no title', about({ title: ' ' }), 'text-invalid', '/document/title'],
    ['a title in NFD', about({ title: 'Sở'.normalize('NFD') }), 'text-invalid', '/document/title'],
    ['a number of two lines', about({ number: '1\n2' }), 'text-invalid', '/document/number'],
    ['a long issuer', about({ issuer: 'x'.repeat(301) }), 'text-invalid', '/document/issuer'],
    ['a period backwards', { periodCovered: backwards }, 'period-reversed', '/periodCovered'],
    ['a misspelt agency', { depositedFor: 'SoTC' }, 'agency-invalid', '/depositedFor'],
    ['an unknown agency', { depositedFor: 'son_la.so_x' }, 'agency-unknown', '/depositedFor'],
  ];
  test.each(wrong)('is refused for %s', (_, change, reason, pointer) => {
    const acting = actingAs(['officer', finance], ['registrar', science]);
    given(evidenceDecider, [])
      .when({ ...deposit, ...change }, { ...officer, acting })
      .refuses(`evidence/${reason}`, { pointer });
  });

  test('of a document without number, date, issuer and period is one too', () => {
    const bare = { ...document, number: null, date: null, issuer: null };
    const told = { document: bare, periodCovered: null };
    given(evidenceDecider, [])
      .when({ ...deposit, ...told }, officer)
      .then([{ ...deposited, data: { ...deposited.data, ...told } }]);
  });
});

describe('a description', () => {
  const better = { ...document, number: '12/BC-STC-NS' };
  const describing: EvidenceCommand = {
    type: 'describe',
    document: better,
    periodCovered: null,
    reason: 'Sai số hiệu.',
  };
  const described: EvidenceFact = {
    type: 'evidence.described.v1',
    data: { depositedFor: finance, document: better, periodCovered: null, reason: 'Sai số hiệu.' },
  };

  test('corrects what the document is said to be, with a reason', () => {
    given(evidenceDecider, [deposited])
      .when(describing, officer)
      .then([described])
      .thenActor(actor('officer', finance));
    const { state } = given(evidenceDecider, [deposited, described], stream);
    expect(state).toMatchObject({
      deposits: [{ document: better, periodCovered: null }],
      sizeBytes: 4711,
    });
  });

  test('belongs to the agency that deposited it', () => {
    const other = { ...officer, acting: actingAs(['head', science], ['officer', science]) };
    given(evidenceDecider, [deposited]).when(describing, other).refuses('evidence/unknown');
    // Who may read it learns that it is there, and that it is somebody else's to describe.
    const overseer = { ...officer, acting: actingAs(['checker', science]) };
    given(evidenceDecider, [deposited])
      .when(describing, overseer)
      .refuses('evidence/not-your-agency');
    const registrar = { ...officer, acting: actingAs(['registrar', science]) };
    given(evidenceDecider, [deposited]).when(describing, registrar).then([described]);
  });

  test('needs evidence, a reason, and something to say', () => {
    given(evidenceDecider, []).when(describing, officer).refuses('evidence/unknown');
    given(evidenceDecider, [deposited])
      .when({ ...describing, reason: '' }, officer)
      .refuses('evidence/text-invalid', { pointer: '/reason' });
    given(evidenceDecider, [deposited, described])
      .when(describing, officer)
      .refuses('evidence/nothing-changed');
    const foreign = { ...better, digest: digestOf('x') };
    given(evidenceDecider, [deposited])
      .when({ ...describing, document: foreign }, officer)
      .refuses('evidence/document-invalid');
  });
});

describe('restricted access', () => {
  const restrict: EvidenceCommand = { type: 'restrict-access', to: [science], reason: 'Mật.' };
  const restricted: EvidenceFact = {
    type: 'evidence.access-restricted.v1',
    data: { depositedFor: finance, to: [science], reason: 'Mật.' },
  };
  const readers = (facts: EvidenceFact[], acting: ActingPerson, round: string | null = null) => {
    const { deposits } = given(evidenceDecider, facts).state as Evidence;
    return readableDeposit(deposits, { acting, round }) !== undefined;
  };

  test('is recorded with its reason', () => {
    given(evidenceDecider, [deposited]).when(restrict, officer).then([restricted]);
    given(evidenceDecider, [deposited])
      .when({ ...restrict, to: [] }, officer)
      .then([{ ...restricted, data: { depositedFor: finance, to: [], reason: 'Mật.' } }]);
  });

  test('is refused where it is wrong or changes nothing', () => {
    const history = [deposited, restricted];
    given(evidenceDecider, history).when(restrict, officer).refuses('evidence/nothing-changed');
    given(evidenceDecider, history)
      .when({ ...restrict, to: [science, science] }, officer)
      .refuses('evidence/agency-invalid', { pointer: '/to/1' });
    given(evidenceDecider, history)
      .when({ ...restrict, to: ['son_la.so_x'] }, officer)
      .refuses('evidence/agency-unknown', { pointer: '/to/0' });
  });

  test('is open to its agency, and to who oversees it or enters for it', () => {
    const commune = actingAs(['officer', 'son_la.ubnd_xa']);
    expect(readers([deposited], commune)).toBe(false);
    expect(readers([deposited], actingAs(['head', finance]))).toBe(true);
    expect(readers([deposited], actingAs(['registrar', 'son_la.vp']))).toBe(true);
    expect(readers([deposited], actingAs(['registrar', 'bac_ninh.vp']))).toBe(false);
    for (const role of ['checker', 'certifier'] as const) {
      expect(readers([deposited], actingAs([role, science]))).toBe(true);
      expect(readers([deposited], actingAs([role, 'bac_ninh.so_khcn']))).toBe(false);
    }
  });

  test('closes the file to all but its agency, those named, and those who check and audit', () => {
    const history = [deposited, restricted];
    expect(readers(history, actingAs(['registrar', 'son_la.vp']))).toBe(false);
    expect(readers(history, actingAs(['officer', finance]))).toBe(true);
    expect(readers(history, actingAs(['recipient', science]))).toBe(true);
    for (const role of ['checker', 'certifier', 'auditor', 'inspector'] as const) {
      expect(readers(history, actingAs([role, 'son_la.thanh_tra_tinh']))).toBe(true);
    }
  });

  const round = 'son_la-qd1969-2026';
  const grant: EvidenceCommand = {
    type: 'grant-access',
    to: [science],
    rounds: [round],
    reason: 'Dùng chung.',
  };
  const granted: EvidenceFact = {
    type: 'evidence.access-granted.v1',
    data: { depositedFor: finance, to: [science], rounds: [round], reason: 'Dùng chung.' },
  };

  test('is granted to agencies and published to rounds by its depositor alone', () => {
    given(evidenceDecider, [deposited]).when(grant, officer).then([granted]);
    const commune = actingAs(['officer', 'son_la.ubnd_xa']);
    expect(readers([deposited, granted], actingAs(['officer', science]))).toBe(true);
    expect(readers([deposited, granted], commune)).toBe(false);
    expect(readers([deposited, granted], commune, round)).toBe(true);
    expect(readers([deposited, granted], commune, 'son_la-qd1969-2027')).toBe(false);
    // Whoever it was granted to may read, and grants nothing on.
    given(evidenceDecider, [deposited, granted])
      .when(
        { ...grant, to: ['son_la.ubnd_xa'] },
        { ...officer, acting: actingAs(['head', science]) },
      )
      .refuses('evidence/not-your-agency');
    given(evidenceDecider, [deposited, granted])
      .when(grant, officer)
      .refuses('evidence/nothing-changed');
    given(evidenceDecider, [deposited])
      .when({ ...grant, rounds: [round, round] }, officer)
      .refuses('evidence/round-invalid', { pointer: '/rounds/1' });
  });

  test('restricted after a grant takes the grant back, granted after it opens it further', () => {
    const nobody: EvidenceFact = {
      type: 'evidence.access-restricted.v1',
      data: { depositedFor: finance, to: [], reason: 'Mật.' },
    };
    const closed = [deposited, granted, nobody];
    expect(readers(closed, actingAs(['officer', science]))).toBe(false);
    expect(readers(closed, actingAs(['officer', 'son_la.ubnd_xa']), round)).toBe(false);
    const { state } = given(evidenceDecider, [...closed, granted]);
    expect(state?.deposits[0]).toMatchObject({ restrictedTo: [science], publishedTo: [round] });
  });
});

describe('the same file of a second agency', () => {
  const second: EvidenceFact = {
    type: 'evidence.deposited.v1',
    data: {
      ...deposited.data,
      document: { ...document, title: 'Báo cáo, bản của Sở KH&CN' },
      depositedFor: science,
    },
  };
  const byScience = { ...officer, acting: actingAs(['officer', science]) };
  const both = [deposited, second];

  test('is its own deposit, in its own words, and shows nothing of the first', () => {
    const { document: words } = second.data;
    given(evidenceDecider, [deposited], stream)
      .when({ ...deposit, document: words, depositedFor: science }, byScience)
      .then([second])
      .thenActor(actor('officer', science));
    // Without the bytes it is answered as for a file that nobody ever deposited.
    for (const history of [[], [deposited]]) {
      given(evidenceDecider, history, stream)
        .when({ ...deposit, depositedFor: science }, { ...byScience, found: null })
        .refuses('evidence/content-missing', { evidence });
    }
    const { state } = given(evidenceDecider, both, stream);
    expect(
      state?.deposits.map(({ depositedFor, document: told }) => [depositedFor, told.title]),
    ).toStrictEqual([
      [finance, document.title],
      [science, words.title],
    ]);
  });

  test('is described and restricted by each for itself', () => {
    const closing: EvidenceCommand = { type: 'restrict-access', to: [], reason: 'Mật.' };
    const closed: EvidenceFact = {
      type: 'evidence.access-restricted.v1',
      data: { depositedFor: science, to: [], reason: 'Mật.' },
    };
    given(evidenceDecider, both).when(closing, byScience).then([closed]);
    const { state } = given(evidenceDecider, [...both, closed]);
    expect(state?.deposits.map(({ restrictedTo }) => restrictedTo)).toStrictEqual([null, []]);
    given(evidenceDecider, both)
      .when({ ...closing, depositedFor: science }, officer)
      .refuses('evidence/not-your-agency');
  });

  test('needs its agency named by who may act for both', () => {
    const closing: EvidenceCommand = { type: 'restrict-access', to: [], reason: 'Mật.' };
    const registrar = { ...officer, acting: actingAs(['registrar', 'son_la.vp']) };
    given(evidenceDecider, both)
      .when(closing, registrar)
      .refuses('evidence/deposit-unnamed', { pointer: '/depositedFor' });
    given(evidenceDecider, both)
      .when({ ...closing, depositedFor: finance }, registrar)
      .then([
        {
          type: 'evidence.access-restricted.v1',
          data: { depositedFor: finance, to: [], reason: 'Mật.' },
        },
      ]);
  });

  test('facts from before there could be a second are about the first', () => {
    const old: EvidenceFact = {
      type: 'evidence.access-restricted.v1',
      data: { to: [science], reason: 'Mật.' },
    };
    const { state } = given(evidenceDecider, [...both, old]);
    expect(state?.deposits.map(({ restrictedTo }) => restrictedTo)).toStrictEqual([
      [science],
      null,
    ]);
  });

  test('is unknown to who may read neither', () => {
    const stranger = { ...officer, acting: actingAs(['head', 'son_la.so_yt']) };
    const closing: EvidenceCommand = { type: 'restrict-access', to: [], reason: 'Mật.' };
    for (const history of [[], both]) {
      given(evidenceDecider, history).when(closing, stranger).refuses('evidence/unknown', {});
    }
  });
});

describe('what is laid over the bytes', () => {
  const found = { kind: 'delete-marker', versionId: 'v2', at: historyStart } as const;
  const noticed: EvidenceFact = { type: 'evidence.interference-noticed.v1', data: found };
  const noticing: EvidenceCommand = { type: 'notice-interference', found };

  test('is noticed once, by the ledger itself and by nobody else', () => {
    given(evidenceDecider, [deposited])
      .when(noticing, officer)
      .then([noticed])
      .thenActor(ledgerItself);
    given(evidenceDecider, [deposited, noticed])
      .when(noticing, officer)
      .refuses('evidence/nothing-changed');
    given(evidenceDecider, []).when(noticing, officer).refuses('evidence/unknown');
    const { state } = given(evidenceDecider, [deposited, noticed], stream);
    const noticedAt = '2026-01-05T02:01:00.000Z';
    expect(state?.interferences).toStrictEqual([{ ...found, noticedAt }]);
    expect(state?.integrity).toStrictEqual({ status: 'unchecked' });
  });
});

describe('what evidence is now', () => {
  test('begins unchecked, open and without a hold', () => {
    expect(given(evidenceDecider, [deposited], stream).state).toStrictEqual({
      evidence,
      ...found,
      deposits: [
        {
          depositedFor: finance,
          depositedBy: someActor,
          depositedAt: historyStart,
          document,
          periodCovered,
          restrictedTo: null,
          grantedTo: [],
          publishedTo: [],
        },
      ],
      signatures: null,
      onHold: false,
      integrity: { status: 'unchecked' },
      interferences: [],
    });
  });

  test('follows what the ledger found out about it later', () => {
    const signatures = [{ signedAt: null, whole: true, subject: evidence }];
    const later: EvidenceFact[] = [
      { type: 'evidence.signatures-observed.v1', data: { signatures } },
      { type: 'evidence.retention-extended.v1', data: { retainUntil: historyStart, reason: '' } },
      { type: 'evidence.hold-placed.v1', data: { reason: 'Thanh tra', document: null } },
      { type: 'evidence.integrity-failed.v1', data: { found: null, fault: 'missing' } },
      { type: 'evidence.integrity-confirmed.v1', data: { sizeBytes: 4711 } },
      { type: 'evidence.hold-released.v1', data: { reason: 'Xong', document: null } },
    ];
    const after = (count: number) => {
      return given(evidenceDecider, [deposited, ...later.slice(0, count)], stream).state;
    };
    expect(after(1)).toMatchObject({ signatures });
    expect(after(2)).toMatchObject({ blob: { store: 'folder', retainUntil: historyStart } });
    expect(after(3)).toMatchObject({ onHold: true });
    const failed = { status: 'failed', at: '2026-01-05T02:04:00.000Z', fault: 'missing' };
    expect(after(4)?.integrity).toStrictEqual(failed);
    expect(after(5)?.integrity).toStrictEqual({ status: 'sound', at: '2026-01-05T02:05:00.000Z' });
    expect(after(6)).toMatchObject({ onHold: false });
  });

  test('a history that does not begin with the deposit is refused as damaged', () => {
    const fact: EvidenceFact = { type: 'evidence.integrity-confirmed.v1', data: { sizeBytes: 1 } };
    expect(() => given(evidenceDecider, [fact], stream)).toThrow(TypeError);
  });
});

describe('a referenced paper', () => {
  const reference = '22222222-2222-4222-8222-222222222222';
  const refer: EvidenceReferenceCommand = {
    type: 'refer',
    reference,
    document,
    periodCovered,
    heldBy: 'Kho lưu trữ Sở Tài chính',
    archiveMark: 'HS-2026/114',
    digest: evidence,
    reason: 'Tài liệu mật, không được tải lên.',
    depositedFor: finance,
  };
  const { type: _type, ...data } = refer;
  const referenced: EvidenceReferenceFact = { type: 'evidence.referenced.v1', data };
  const context = { acting: officer.acting, registered };
  const told = evidenceReferenceStream(reference);

  test('is recorded with its holder and the reason why it was not handed in', () => {
    given(evidenceReferenceDecider, [], told)
      .when(refer, context)
      .then([referenced])
      .thenActor(actor('officer', finance));
    const { state } = given(evidenceReferenceDecider, [referenced], told);
    expect(state).toStrictEqual({ ...data, referencedBy: someActor, referencedAt: historyStart });
  });

  test('is referenced once, by the own agency', () => {
    const by = { depositedFor: finance, referencedAt: historyStart };
    given(evidenceReferenceDecider, [referenced], told)
      .when(refer, context)
      .refuses('evidence/already-referenced', by);
    const other = { ...context, acting: actingAs(['officer', science]) };
    given(evidenceReferenceDecider, []).when(refer, other).refuses('evidence/not-your-agency');
  });

  const wrong: [string, Partial<typeof refer>, string, string][] = [
    ['an id that is no UUID', { reference: 'one' }, 'reference-invalid', '/reference'],
    ['no holder', { heldBy: '' }, 'text-invalid', '/heldBy'],
    ['an empty archive mark', { archiveMark: '' }, 'text-invalid', '/archiveMark'],
    ['a digest that is none', { digest: 'sha256:0' as never }, 'document-invalid', '/digest'],
    ['no reason', { reason: '' }, 'text-invalid', '/reason'],
    ['an unknown agency', { depositedFor: 'son_la.so_x' }, 'agency-unknown', '/depositedFor'],
  ];
  test.each(wrong)('is refused for %s', (_, change, reason, pointer) => {
    given(evidenceReferenceDecider, [])
      .when({ ...refer, ...change }, context)
      .refuses(`evidence/${reason}`, { pointer });
  });
});
