import type { AgencyId, Role, UnitId } from '#kernel';
import type { Hat, Who } from './stage.ts';

/**
 * The words in which the tables of duties are written: small rules that say no with a code, or
 * nothing. They know hats and the story of a figure, and share nothing with the deciders.
 */

/** What a rule says no with; undefined where it has nothing against it. */
export type Verdict = string | undefined;
export type Rule<C> = (cell: C) => Verdict;

/** The least that every cell has: who it is, by their hand in the past, and what they wear. */
export type Wearer = { readonly who: Who; readonly hats: readonly Hat[] };

/** One row of a table: the sentence it is taken from, what is recorded, and who may not. */
export type Row<C> = {
  /** DOMAIN, in its words. */
  readonly says: string;
  readonly event: string;
  /** In the order in which they are heard: the first that says no is the answer. */
  readonly rules: readonly Rule<C>[];
};

/** What must come of a cell: the event, or the code of the first rule that says no. */
export function outcomeBy<C>({ event, rules }: Row<C>, cell: C): string {
  for (const rule of rules) {
    const verdict = rule(cell);
    if (verdict !== undefined) return verdict;
  }
  return event;
}

export const no = (condition: boolean, code: string): Verdict => (condition ? code : undefined);

/** Somebody in one of the roles, in one of the agencies; elsewhere the role is not enough. */
export function holds(
  { hats }: Wearer,
  roles: readonly Role[],
  agencies: readonly AgencyId[],
  elsewhere: string,
): Verdict {
  const inRole = hats.filter(({ role }) => roles.includes(role));
  if (inRole.length === 0) return 'duty/role-required';
  return no(!inRole.some(({ agency }) => agencies.includes(agency)), elsewhere);
}

/** "Thủ trưởng; Chủ tịch UBND xã; or KT./TUQ. deputy": TL. answers for nothing by signing. */
const answering: readonly Hat['form'][] = ['KT', 'TUQ'];
const everyForm: readonly Hat['form'][] = [...answering, 'TL'];

/** "Its head, or a recorded deputy, on that day" (Separation of duties 2). */
export function signs(
  { hats, ...wearer }: Wearer,
  agencies: readonly AgencyId[],
  elsewhere: string,
  forms: readonly Hat['form'][] = answering,
): Verdict {
  const signing = hats.filter(({ role, form }) => {
    return role === 'head' || role === 'deputy' || form !== null;
  });
  const roles = ['head', 'deputy', 'officer'] as const;
  const refused = holds({ ...wearer, hats: signing }, roles, agencies, elsewhere);
  if (refused !== undefined) return refused;
  const here = signing.filter(({ agency }) => agencies.includes(agency));
  if (here.some(({ role, form }) => role === 'head' || forms.includes(form))) return undefined;
  const byOrder = here.some(({ form }) => form !== null);
  return byOrder ? 'duty/by-order-only' : 'duty/no-delegation';
}

/**
 * An act of more roles beside those who sign. Somebody who holds one of them elsewhere is measured
 * as one who would sign, and so hears of the role that is missing and not of the agency. What more
 * roles may do than those who answer, TL. is enough for, unless the caller says otherwise.
 */
export function orSigns(
  wearer: Wearer,
  roles: readonly Role[],
  agencies: readonly AgencyId[],
  elsewhere: string,
  forms: readonly Hat['form'][] = everyForm,
): Verdict {
  const refused = holds(wearer, roles, agencies, elsewhere);
  return refused === undefined ? undefined : signs(wearer, agencies, elsewhere, forms);
}

/** The committee's head, those who answer in the head's place, and its certifier. */
export function decides(wearer: Wearer, committee: readonly AgencyId[]): Verdict {
  return orSigns(wearer, ['certifier'], committee, 'duty/not-committee', answering);
}

/** The agency for which a signature of this person counts: a head signs before a deputy. */
export function signingAgency(
  { hats }: Wearer,
  agencies: readonly AgencyId[],
): AgencyId | undefined {
  const here = hats.filter(({ agency }) => agencies.includes(agency));
  const head = here.find(({ role }) => role === 'head');
  return (head ?? here.find(({ form }) => answering.includes(form)))?.agency;
}

export function isAuditing({ hats }: Wearer): boolean {
  return hats.some(({ role }) => role === 'auditor' || role === 'inspector');
}

/** Every unit the person belongs to, under whatever hat. */
export function unitsOf({ hats }: Wearer): readonly UnitId[] {
  return hats.map(({ unit }) => unit);
}
