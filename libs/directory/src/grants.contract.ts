import { day, digestOf } from '#kernel';
import type { Day, DocumentRef, Role } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import { agencyDecider } from './agency.ts';
import type { Agency } from './agency.ts';
import type { PersonCommand } from './directory.commands.ts';
import { confirmedRoles } from './grant-rules.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import type { PersonContext } from './standing.ts';

/** Somebody who is enrolled, and those who give them roles or have them sign in their place. */
export const today = day('2026-03-02');
export const subject = '33333333-3333-4333-8333-333333333333';
export const granter = '22222222-2222-4222-8222-222222222222';
export const other = '55555555-5555-4555-8555-555555555555';
export const headId = '44444444-4444-4444-8444-444444444444';
export const finance = 'son_la.so_tc';
export const science = 'son_la.so_khcn';
export const committee = 'son_la.ubnd_tinh';
export const id = (digit: number) => `aaaaaaaa-aaaa-4aaa-8aaa-00000000000${digit}`;
export const document: DocumentRef = {
  kind: 'decision',
  number: '5/QĐ-UBND',
  date: day('2026-01-05'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Về việc bổ nhiệm',
  digest: digestOf('appointment'),
};

export function agencyOf(agency: string, goneOn: Day | null = null): Agency {
  const data = {
    agency,
    kind: 'department',
    province: 'son_la',
    name: { vi: agency, en: null },
    aliases: [],
    classes: [],
    document: null,
  } as const;
  const end = { type: 'agency.dissolved.v1', data: { on: goneOn ?? today, document } } as const;
  const { state } = given(agencyDecider, [
    { type: 'agency.registered.v1', data },
    ...(goneOn === null ? [] : [end]),
  ]);
  if (state === null) throw new Error('no agency');
  return state;
}

type Hat = { readonly role: Role; readonly at?: string };
export function as(
  person: string,
  hats: readonly Hat[],
  more: Partial<PersonContext> = {},
): PersonContext {
  const capacities = hats.map(({ role, at = science }) => ({
    grant: 'g',
    role,
    agency: at,
    unit: at,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  }));
  return {
    acting: { person, agency: hats[0]?.at ?? science, capacities },
    today,
    agency: agencyOf(finance),
    head: null,
    missingFile: null,
    bootstrap: false,
    ...more,
  };
}
/** The registrar as an event names them. */
export const byScience = {
  person: granter,
  agency: science,
  unit: science,
  role: 'registrar',
  actingFor: null,
} as const;
export const registrar = as(granter, [{ role: 'registrar' }]);

export const enrolled: PersonFact = {
  type: 'person.enrolled.v1',
  data: { person: subject, agency: finance, unit: finance, commitment: digestOf('first') },
};

export type GrantCommand = Extract<PersonCommand, { type: 'grant' }>;
export function grantOf(role: Role, change: Partial<GrantCommand> = {}): GrantCommand {
  const appointed = role === 'head' || role === 'deputy';
  return {
    type: 'grant',
    grant: id(1),
    role,
    agency: finance,
    unit: finance,
    from: day('2026-03-01'),
    to: null,
    document: appointed ? document : null,
    commitment: digestOf('first'),
    ...change,
  };
}
export function granted(command: GrantCommand, change: object = {}): Told<PersonFact> {
  const { type: _, ...data } = command;
  const needsConfirmation = confirmedRoles.includes(command.role);
  const fact = {
    type: 'role.granted.v1',
    data: { ...data, granterAgency: science, needsConfirmation, ...change },
  } as PersonFact;
  return { ...fact, metadata: { actor: byScience } };
}
export function bare({ type, data }: Told<PersonFact>): PersonFact {
  return { type, data } as PersonFact;
}
export function granting(
  command: PersonCommand,
  context: PersonContext,
  ...more: Told<PersonFact>[]
) {
  return given(personDecider, [enrolled, ...more]).when(command, context);
}
