import { describe, expect, test } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import type { Directory } from '#directory/nest';
import type { Register } from '#directory/node';
import type { Role } from '#kernel';
import type { ReadModels } from '#read-models/node';
import type { LedgerClock } from '../ledger-clock.ts';
import { DirectoryReadsController } from './directory-reads.controller.ts';

const [reader, person] = ['reader', 'person'];
const contact = { email: 'van_thu@example.vn', phone: null };
const state = { agency: 'son_la.so_tc', grants: [] };

/** What somebody with this hat is shown of how to reach a person of Sơn La. */
async function shownTo(role: Role, agency: string): Promise<unknown> {
  const acting = { person: reader, agency, capacities: [{ role, agency }] };
  const directory = {
    actingPerson: async () => ({ acting }),
    person: async () => ({ state }),
  } as unknown as Directory;
  const models = {
    person: async () => ({ data: { id: person, revision: 0, state }, asOf: null }),
  } as unknown as ReadModels;
  const register = {
    names: async () => new Map([[person, { name: 'Chuyên viên' }]]),
    contact: async () => contact,
  } as unknown as Register;
  const clock = { today: () => '2026-03-02' } as unknown as LedgerClock;
  const controller = new DirectoryReadsController(models, register, directory, clock);
  const reply = { header: () => reply } as unknown as FastifyReply;
  const answer = await controller.person({ person }, {}, reader, reply);
  return answer.data.contact;
}

describe('contact data', () => {
  test.each<[Role, string, boolean]>([
    ['registrar', 'son_la.so_khcn', true],
    ['registrar', 'trung_uong.bo_khcn', true],
    ['registrar', 'bac_ninh.so_khcn', false],
    ['head', 'son_la.so_tc', false],
    ['auditor', 'son_la.thanh_tra_tinh', false],
  ])('is shown to a %s of %s: %s', async (role, agency, isShown) => {
    expect(await shownTo(role, agency)).toStrictEqual(isShown ? contact : null);
  });
});
