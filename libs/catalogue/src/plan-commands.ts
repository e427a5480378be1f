import { agencyPartOf, canonicalJson, derivedUuid } from '#kernel';
import type { AgencyId } from '#kernel';
import type { ParticipantChoice } from './catalogue.commands.ts';
import { classesOf, expandParties, isChosen } from './party-class.ts';
import type { Plan, PlanAssignment } from './plan.ts';
import { readPlanFiles } from './plan-files.ts';
import { membersIn } from './plan-resolving.ts';

/**
 * One ordinary request of the HTTP interface. Whoever sends it is signed in like anybody else: a
 * plan has no door of its own into the ledger.
 */
export type PlanCommand = {
  readonly method: 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /**
   * Follows from path and body, so that loading the same plan again is answered with the first
   * receipts. Another registrar loading it is refused with `same: true`: unchanged as well.
   */
  readonly idempotencyKey: string;
  /** Where a GET tells the ETag that If-Match needs; 404 there means that it is a creation. */
  readonly aggregate: string;
  /** For the person who watches: what this row is. */
  readonly describe: string;
};

/** A request that belongs to an officer of the lead: only who answers for a figure asks for parts. */
export type PlanPartRequest = PlanCommand & { readonly lead: AgencyId };

/**
 * What a registrar sends to load a plan, in the order in which it can be carried out: agencies
 * and units, the edition, its definitions and cross-checks, the round, assignments, the dates that
 * count, and who takes part.
 */
export function planCommands(plan: Plan): PlanCommand[] {
  return [
    ...agencyCommands(plan),
    ...frameworkCommands(plan),
    ...crossCheckCommands(plan),
    ...roundCommands(plan),
  ];
}

/**
 * The one request that states the edition's cross-checks, nothing where none are proposed. It
 * belongs to loading the plan, and may also be sent by itself into a ledger that has the plan.
 */
export function crossCheckCommands({ crossChecks }: Plan): PlanCommand[] {
  if (crossChecks === null) return [];
  const { framework, edition, checks, reason } = crossChecks;
  const aggregate = `/frameworks/${framework}`;
  const path = `${aggregate}/editions/${edition}/cross-checks`;
  const describe = `${checks.length} cross-checks of ${framework} ${edition}`;
  return [planRequest(path, { checks, reason }, aggregate, describe)];
}

/** What the leads then ask of the participants: one request for each part. */
export function planPartRequests(plan: Plan): PlanPartRequest[] {
  return plan.assignments.flatMap((assignment) => partRequests(plan, assignment));
}

/** Reads a plan folder and gives the registrar's requests; rejects with PlanRejected. */
export async function readPlan(folder: string): Promise<PlanCommand[]> {
  return planCommands(await readPlanFiles(folder));
}

function agencyCommands({ agencies }: Plan): PlanCommand[] {
  const registrations = agencies.map(({ agency, kind, name, aliases, classes, document }) => {
    const body = { agency, kind, name, aliases, classes, document };
    return planRequest('/agencies', body, `/agencies/${agency}`, `agency ${agency}`);
  });
  const units = agencies.flatMap(({ agency, units: own }) => {
    const aggregate = `/agencies/${agency}`;
    return own.map(({ unit, name }) => {
      return planRequest(`${aggregate}/units`, { unit, name }, aggregate, `unit ${unit}`);
    });
  });
  const endings = agencies.flatMap(({ agency, dissolved }) => {
    if (dissolved === null) return [];
    const aggregate = `/agencies/${agency}`;
    return [planRequest(`${aggregate}/dissolutions`, dissolved, aggregate, `end of ${agency}`)];
  });
  return [...registrations, ...units, ...endings];
}

function frameworkCommands({ framework, edition, indicators }: Plan): PlanCommand[] {
  const aggregate = `/frameworks/${framework}`;
  const editions = `${aggregate}/editions`;
  return [
    planRequest(editions, edition, aggregate, `edition ${framework} ${edition.edition}`),
    ...indicators.map((definition) => {
      const path = `${editions}/${edition.edition}/indicators`;
      return planRequest(path, { definition }, aggregate, `indicator ${definition.code}`);
    }),
  ];
}

function roundCommands(plan: Plan): PlanCommand[] {
  const aggregate = `/rounds/${plan.round.round}`;
  return [
    planRequest('/rounds', plan.round, aggregate, `round ${plan.round.round}`),
    ...plan.assignments.map(({ choices: _choices, requests: _requests, ...assignment }) => {
      const describe = `assignment ${assignment.indicator}`;
      return planRequest(`${aggregate}/assignments`, { assignment }, aggregate, describe);
    }),
    ...plan.dueDecisions.map((decision) => {
      const describe = `date of every ${decision.scope} (${decision.indicator ?? 'all'})`;
      return planRequest(`${aggregate}/due-decisions`, decision, aggregate, describe);
    }),
    ...plan.assignments.map((assignment) => {
      const { indicator } = assignment;
      const body = { indicator, choices: choicesOf(plan, assignment) };
      return planRequest(
        `${aggregate}/participants`,
        body,
        aggregate,
        `participants of ${indicator}`,
      );
    }),
  ];
}

function partRequests(plan: Plan, assignment: PlanAssignment): PlanPartRequest[] {
  const { indicator, leads, requests } = assignment;
  const [lead] = leads;
  if (lead === undefined) return [];
  return participantsIn(plan, assignment).map((agency) => {
    const exception = requests.exceptions.find((one) => one.agency === agency);
    const components = exception?.components ?? requests.components;
    const body = { agency, components, documentsOnly: requests.documentsOnly };
    const contribution = `${plan.round.round}.${indicator}.${agencyPartOf(agency)}`;
    const aggregate = `/contributions/${contribution}`;
    const describe = `request of ${indicator} to ${agency}`;
    return { ...planRequest(`${aggregate}/requests`, body, aggregate, describe), lead };
  });
}

/** Members of every class that an assignment names: registered ones as found, others as chosen. */
export function choicesOf(
  plan: Plan,
  { coordinating, choices }: PlanAssignment,
): ParticipantChoice[] {
  return classesOf(coordinating).flatMap((name): ParticipantChoice[] => {
    if (isChosen(name)) return choices.filter((choice) => choice.class === name);
    const members = membersIn(name, plan.agencies, plan.round.round);
    return [{ class: name, members, reason: null }];
  });
}

/** Who owes a part: the very expansion that the ledger will freeze. */
export function participantsIn(plan: Plan, assignment: PlanAssignment): AgencyId[] {
  return expandParties(assignment.coordinating, choicesOf(plan, assignment), assignment.leads);
}

/** An ordinary request whose key follows from what it says: sent again it changes nothing. */
export function planRequest(
  path: string,
  body: Readonly<Record<string, unknown>>,
  aggregate: string,
  describe: string,
): PlanCommand {
  return {
    method: 'POST',
    path,
    body,
    idempotencyKey: `plan-${derivedUuid(['plan', path, canonicalJson(body)])}`,
    aggregate,
    describe,
  };
}
