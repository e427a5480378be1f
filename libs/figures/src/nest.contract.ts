import { expect } from '@jest/globals';
import { day, digestOf, isAgencyId } from '#kernel';
import type { Fact } from '#kernel';
import type { ActingPerson } from '#directory';
import {
  cast,
  committee,
  commune,
  definition,
  dost,
  leadAgency,
  letter,
  otherAgency,
  responsibility,
  source,
  verificationBasis,
} from './figures.contract.ts';

/**
 * The stage of `figures.contract.ts` as other contexts' streams tell it, for specs in which the
 * handlers load what the rules need: agencies, people with their grants, and the one-indicator round.
 */
export type Tell = (stream: string, ...facts: readonly Fact[]) => Promise<void>;

export const roundStream = 'round-son_la-qd1969-2026';
export const document = {
  kind: 'decision',
  number: '1/QĐ',
  date: day('2026-01-02'),
  issuer: 'UBND tỉnh',
  title: 'Quyết định',
  digest: letter,
} as const;

export async function tellDirectory(tell: Tell): Promise<void> {
  const kinds = {
    [dost]: 'department',
    [leadAgency]: 'department',
    [otherAgency]: 'department',
    [commune]: 'commune',
    [committee]: 'committee',
  };
  for (const [agency, kind] of Object.entries(kinds)) {
    expect(isAgencyId(agency)).toBe(true);
    await tell(`agency-${agency}`, {
      type: 'agency.registered.v1',
      data: {
        agency,
        kind,
        province: 'son_la',
        name: { vi: agency, en: null },
        aliases: [],
        classes: [],
        document: null,
      },
    });
  }
  for (const acting of Object.values(cast)) await tellPerson(tell, acting);
}

async function tellPerson(tell: Tell, { person, agency, capacities }: ActingPerson): Promise<void> {
  const commitment = digestOf(person);
  const grants = capacities
    .filter(({ delegation }) => delegation === null)
    .map((capacity) => ({
      type: 'role.granted.v1',
      data: {
        grant: capacity.grant,
        role: capacity.role,
        agency: capacity.agency,
        unit: capacity.unit,
        from: capacity.from,
        to: null,
        document: null,
        granterAgency: dost,
        commitment,
        needsConfirmation: false,
      },
    }));
  const data = { person, agency, unit: agency, commitment };
  const enrolled = { type: 'person.enrolled.v1', data };
  await tell(`person-${person}`, enrolled, ...grants);
}

export async function tellCatalogue(tell: Tell): Promise<void> {
  await tell(
    'framework-qd1969',
    {
      type: 'framework.edition-published.v1',
      data: {
        framework: 'qd1969',
        edition: '2025',
        title: { vi: 'Bộ chỉ số', en: null },
        document,
        aliases: [],
        groups: [{ code: 'I', name: { vi: 'Đầu vào', en: null }, declaredCount: 7 }],
      },
    },
    { type: 'indicator.defined.v1', data: { edition: '2025', definition } },
  );
  const assignment = {
    indicator: 'I.4',
    definition: { edition: '2025', revision: 1 },
    mode: 'single',
    leads: [leadAgency],
    coordinating: [{ raw: 'Sở KH&CN', agency: dost, class: null }],
    dates: [{ id: 'annex', scopes: ['figure', 'contribution'], lastDay: '2026-12-31', source }],
    raw: { lead: 'Sở Tài chính', coordinating: 'Sở KH&CN', due: 'Quý IV/2026' },
    source,
  };
  await tell(
    roundStream,
    {
      type: 'round.opened.v1',
      data: {
        round: 'son_la-qd1969-2026',
        province: 'son_la',
        framework: 'qd1969',
        edition: '2025',
        period: { from: '2026-01-01', to: '2026-12-31', label: '2026' },
        title: { vi: 'Đợt 2026', en: null },
        legalBasis: document,
        status: 'numbered',
        checkingAgency: dost,
        chain: [dost, committee],
        responsibility: [{ agencyKinds: ['department'], ...responsibility }],
        verificationBasis,
        datesUnspecified: [],
      },
    },
    { type: 'assignment.made.v1', data: assignment },
    ...['figure', 'contribution'].map((scope) => ({
      type: 'due.decided.v1',
      data: {
        scope,
        indicator: null,
        dateId: 'annex',
        lastDay: null,
        why: 'phụ lục',
        document: null,
      },
    })),
    {
      type: 'participants.frozen.v1',
      data: { indicator: 'I.4', participants: [dost], expansions: [] },
    },
  );
}
