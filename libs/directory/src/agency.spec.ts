import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import type { Bilingual, DocumentRef, Role } from '#kernel';
import { given } from '#testing';
import { agencyDecider, existsOn, hasUnit, nameOn, provinceOfAgency } from './agency.ts';
import type { Agency, AgencyContext } from './agency.ts';
import type { AgencyFact } from './agency.events.ts';
import type { AgencyCommand } from './directory.commands.ts';

const today = day('2026-03-02');
const registrarId = '22222222-2222-4222-8222-222222222222';
const name: Bilingual = { vi: 'Sở Tài chính', en: 'Department of Finance' };
const renamed: Bilingual = { vi: 'Sở Tài chính và Kế hoạch', en: null };
const document: DocumentRef = {
  kind: 'decision',
  number: '12/QĐ-UBND',
  date: day('2026-02-20'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Về việc tổ chức lại cơ quan',
  digest: null,
};

const registered: AgencyFact = {
  type: 'agency.registered.v1',
  data: {
    agency: 'son_la.so_tc',
    kind: 'department',
    province: 'son_la',
    name,
    aliases: ['Sở TC'],
    classes: ['g_so_nganh'],
    document: null,
  },
};
const { province: _province, ...content } = registered.data;
const register = { type: 'register', ...content } as Extract<AgencyCommand, { type: 'register' }>;
const unit: AgencyFact = {
  type: 'unit.registered.v1',
  data: { unit: 'son_la.so_tc.p_ns', name: { vi: 'Phòng Ngân sách', en: null } },
};
const renaming: AgencyFact = {
  type: 'agency.renamed.v1',
  data: { name: renamed, from: day('2026-03-01'), document },
};
const dissolution: AgencyFact = {
  type: 'agency.dissolved.v1',
  data: { on: day('2026-07-01'), document },
};
const registrar = {
  person: registrarId,
  agency: 'son_la.so_khcn',
  unit: 'son_la.so_khcn',
  role: 'registrar',
  actingFor: null,
} as const;

function as(role: Role | null, successor: Agency | null = null): AgencyContext {
  const capacity = {
    grant: 'g',
    role: role ?? 'officer',
    agency: 'son_la.so_khcn',
    unit: 'son_la.so_khcn',
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  };
  const capacities = role === null ? [] : [capacity];
  const acting = { person: registrarId, agency: 'son_la.so_khcn', capacities };
  return { acting, today, successor };
}

function agencyAfter(...facts: AgencyFact[]): Agency {
  const { state } = given(agencyDecider, facts);
  if (state === null) throw new Error('no agency in this history');
  return state;
}

const elsewhere: AgencyFact = {
  type: 'agency.registered.v1',
  data: { ...registered.data, agency: 'son_la.so_khdt', name: { vi: 'Sở KH&ĐT', en: null } },
};

describe('registering an agency', () => {
  test('takes the province from the id', () => {
    given(agencyDecider, [])
      .when(register, as('registrar'))
      .then([registered])
      .thenActor(registrar);
    expect(provinceOfAgency('son_la.so_tc')).toBe('son_la');
  });

  test.each([null, 'head', 'certifier', 'officer', 'auditor', 'operator'] as const)(
    'belongs to registrars, not to %s',
    (role) => {
      given(agencyDecider, []).when(register, as(role)).refuses('agency/not-registrar');
    },
  );

  test('a second time says whether the content is the same', () => {
    const history = [registered, renaming, unit];
    given(agencyDecider, history)
      .when(register, as('registrar'))
      .refuses('agency/already-registered', { same: true });
    given(agencyDecider, history)
      .when({ ...register, aliases: [] }, as('registrar'))
      .refuses('agency/already-registered', { same: false });
  });

  test.each([
    [{ agency: 'so_tc' }, 'directory/id', '/agency'],
    [{ agency: 'son_la.so_tc.p_ns' }, 'directory/id', '/agency'],
    [{ kind: 'company' as 'other' }, 'directory/choice', '/kind'],
    [{ name: { vi: ' ', en: null } }, 'directory/text', '/name/vi'],
    [{ name: { vi: name.vi.normalize('NFD'), en: null } }, 'directory/text', '/name/vi'],
    [{ name: { vi: 'Sở', en: 'a\nb' } }, 'directory/text', '/name/en'],
    [{ aliases: ['a', 'x'.repeat(301)] }, 'directory/text', '/aliases/1'],
    [{ aliases: ['a', 'b', 'a'] }, 'directory/twice', '/aliases/2'],
    [{ classes: ['G_SO'] }, 'directory/id', '/classes/0'],
    [{ classes: ['g', 'g'] }, 'directory/twice', '/classes/1'],
    [{ document: { ...document, title: '' } }, 'directory/text', '/document/title'],
    [{ document: { ...document, number: '\t' } }, 'directory/text', '/document/number'],
    [{ document: { ...document, issuer: '' } }, 'directory/text', '/document/issuer'],
    [{ document: { ...document, date: '2026-02-30' } }, 'directory/day', '/document/date'],
    [{ document: { ...document, digest: 'sha256:0' } }, 'directory/digest', '/document/digest'],
    [{ document: { ...document, kind: 'memo' } }, 'directory/choice', '/document/kind'],
  ])('refuses %j', (change, code, pointer) => {
    const command = { ...register, ...change } as AgencyCommand;
    given(agencyDecider, []).when(command, as('registrar')).refuses(code, { pointer });
  });

  test('every other command needs an agency that is there', () => {
    const command: AgencyCommand = { type: 'dissolve', on: today, document };
    given(agencyDecider, []).when(command, as('registrar')).refuses('agency/unknown');
  });
});

describe('units', () => {
  const command: AgencyCommand = { type: 'register-unit', ...unit.data };

  test('lie under the agency', () => {
    given(agencyDecider, [registered]).when(command, as('registrar')).then([unit]);
    for (const id of ['son_la.so_tc', 'son_la.so_khcn.p_ns', 'bac_ninh.so_tc.p_ns']) {
      given(agencyDecider, [registered])
        .when({ ...command, unit: id }, as('registrar'))
        .refuses('agency/unit-elsewhere', { pointer: '/unit' });
    }
    given(agencyDecider, [registered])
      .when({ ...command, unit: 'P_NS' }, as('registrar'))
      .refuses('directory/id', { pointer: '/unit' });
  });

  test('are registered once', () => {
    given(agencyDecider, [registered, unit])
      .when(command, as('registrar'))
      .refuses('agency/unit-already-registered', { same: true });
    given(agencyDecider, [registered, unit])
      .when({ ...command, name }, as('registrar'))
      .refuses('agency/unit-already-registered', { same: false });
  });

  test('are not added to an agency that is gone', () => {
    const gone: AgencyFact = { ...dissolution, data: { on: today, document } };
    given(agencyDecider, [registered, gone])
      .when(command, as('registrar'))
      .refuses('agency/gone', { from: today });
    given(agencyDecider, [registered, dissolution]).when(command, as('registrar')).then([unit]);
  });

  test('the agency is its own unit', () => {
    const agency = agencyAfter(registered, unit);
    expect(hasUnit(agency, 'son_la.so_tc')).toBe(true);
    expect(hasUnit(agency, 'son_la.so_tc.p_ns')).toBe(true);
    expect(hasUnit(agency, 'son_la.so_tc.p_khac')).toBe(false);
  });
});

describe('names over time', () => {
  const command: AgencyCommand = {
    type: 'rename',
    name: renamed,
    from: day('2026-03-01'),
    document,
  };

  test('each counts from its day', () => {
    given(agencyDecider, [registered]).when(command, as('registrar')).then([renaming]);
    const agency = agencyAfter(registered, renaming);
    expect(nameOn(agency, day('2026-02-28'))).toEqual(name);
    expect(nameOn(agency, day('2026-03-01'))).toEqual(renamed);
  });

  test('change forwards only, to another name, on a numbered document', () => {
    given(agencyDecider, [registered, renaming])
      .when({ ...command, name }, as('registrar'))
      .refuses('agency/out-of-order', { pointer: '/from', after: '2026-03-01' });
    given(agencyDecider, [registered])
      .when({ ...command, name }, as('registrar'))
      .refuses('agency/unchanged', { same: true });
    const draft = { ...document, number: null };
    given(agencyDecider, [registered])
      .when({ ...command, document: draft }, as('registrar'))
      .refuses('directory/document', { pointer: '/document/number' });
    given(agencyDecider, [registered, dissolution])
      .when({ ...command, from: day('2026-07-01') }, as('registrar'))
      .refuses('agency/gone');
  });
});

describe('the end of an agency', () => {
  const successor = agencyAfter(elsewhere);
  const merge: AgencyCommand = {
    type: 'merge',
    successor: 'son_la.so_khdt',
    on: day('2026-07-01'),
    document,
  };
  const dissolve: AgencyCommand = { type: 'dissolve', on: day('2026-07-01'), document };
  const { type: _type, ...merged } = merge;
  const merging: AgencyFact = { type: 'agency.merged-into.v1', data: merged };

  test('comes by merger or dissolution, and on that day it is gone', () => {
    given(agencyDecider, [registered]).when(merge, as('registrar', successor)).then([merging]);
    given(agencyDecider, [registered]).when(dissolve, as('registrar')).then([dissolution]);
    for (const end of [merging, dissolution]) {
      expect(existsOn(agencyAfter(registered, end), day('2026-06-30'))).toBe(true);
      expect(existsOn(agencyAfter(registered, end), day('2026-07-01'))).toBe(false);
    }
    expect(existsOn(successor, day('2099-01-01'))).toBe(true);
  });

  test('comes once, and after every change recorded before', () => {
    for (const end of [merging, dissolution]) {
      for (const again of [merge, dissolve]) {
        given(agencyDecider, [registered, end])
          .when(again, as('registrar', successor))
          .refuses('agency/gone', { from: '2026-07-01' });
      }
    }
    const ended = given(agencyDecider, [registered, dissolution]);
    ended.when(dissolve, as('registrar')).refuses('agency/gone', { same: true });
    given(agencyDecider, [registered, renaming])
      .when({ ...dissolve, on: day('2026-03-01') }, as('registrar'))
      .refuses('agency/out-of-order', { pointer: '/on' });
  });

  test('needs a successor that lives and is another', () => {
    given(agencyDecider, [registered])
      .when({ ...merge, successor: 'son_la.so_tc' }, as('registrar', agencyAfter(registered)))
      .refuses('agency/own-successor');
    given(agencyDecider, [registered])
      .when(merge, as('registrar'))
      .refuses('agency/unknown', { pointer: '/successor' });
    given(agencyDecider, [registered])
      .when(merge, as('registrar', agencyAfter(elsewhere, dissolution)))
      .refuses('agency/gone', { pointer: '/successor' });
  });

  test('only registration is a creation', () => {
    expect(agencyDecider.creates(register)).toBe(true);
    expect(agencyDecider.creates(merge)).toBe(false);
  });
});
