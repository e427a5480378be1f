import { describe, expect, test } from '@jest/globals';
import type { Directory } from '#directory/nest';
import type { Deposit } from '#evidence';
import type { EvidenceReader } from '#evidence/nest';
import { digestOf } from '#kernel';
import type { AgencyId, Role } from '#kernel';
import type { EvidenceLinkRow } from '#read-models';
import type { ReadModels } from '#read-models/node';
import { LedgerClock } from '../ledger-clock.ts';
import { EvidenceVisibility } from './evidence-visibility.ts';
import { Visibility } from './visibility.ts';
import type { Reader } from './visibility.ts';

const [lead, giver] = ['son_la.so_tc', 'son_la.so_yt'];
const round = 'son_la-qd1969-2026';
const figure = {
  figure: `${round}.I.4`,
  round,
  leads: [{ agency: lead, succeeds: [] }],
  parts: [{ contribution: `${round}.I.4.so_yt`, agency: giver, duty: null }],
};
const nothing = async () => ({ data: [] });
/** A round of one figure, and nothing else in the ledger. */
const models = {
  roundFigures: async () => ({ data: [figure] }),
  people: nothing,
  agencies: nothing,
  reviewBodies: nothing,
  frameworks: nothing,
  rounds: nothing,
} as unknown as ReadModels;
const visibility = new Visibility({} as Directory, models, {} as LedgerClock);
const files = new EvidenceVisibility(models, visibility, {} as EvidenceReader);

const by = { person: 'p', agency: lead, unit: lead, role: 'officer', actingFor: null } as const;
const evidence = digestOf('closed');
const closed = {
  depositedFor: lead,
  depositedBy: by,
  restrictedTo: [],
  grantedTo: [],
  publishedTo: [],
} as unknown as Deposit;
const cited = {
  evidence,
  reference: null,
  round,
  by,
  holder: { kind: 'figure', id: figure.figure },
} as unknown as EvidenceLinkRow;

function wearing(...hats: readonly (readonly [Role, AgencyId])[]): Reader {
  const capacities = hats.map(([role, agency]) => {
    return { grant: agency, role, agency, unit: agency, from: '2026-01-01', to: null };
  });
  const agencies = hats.map(([, agency]) => agency);
  const acting = { person: 'reader', agency: agencies[0], capacities };
  return {
    person: 'reader',
    acting,
    agencies,
    reviewsIn: [],
    committeesIn: [],
  } as unknown as Reader;
}

describe('a closed file that a figure of the round cites', () => {
  test.each<[string, boolean, readonly (readonly [Role, AgencyId])[]]>([
    ['its lead', true, [['officer', lead]]],
    ['who gives a part of the figure', false, [['officer', giver]]],
    ['the checker of the province', true, [['checker', 'son_la.so_khcn']]],
    ['a checker of every province', true, [['checker', 'trung_uong.bo_khcn']]],
    ['an auditor of anywhere', true, [['auditor', 'bac_ninh.thanh_tra_tinh']]],
    ['a checker of another province', false, [['checker', 'bac_ninh.so_khcn']]],
    [
      'a checker of another province who gives a part here',
      false,
      [
        ['officer', giver],
        ['checker', 'bac_ninh.so_khcn'],
      ],
    ],
    ['who registers here', false, [['registrar', 'son_la.so_khcn']]],
    ['who receives the figures', false, [['recipient', 'trung_uong.bo_khcn']]],
  ])('and %s: %s', async (_, isShown, hats) => {
    const file = { evidence: { evidence, deposits: [closed] }, links: [cited] };
    const shown = await files.shown(wearing(...hats), file);
    expect(shown !== null).toBe(isShown);
  });
});
