import { agencyOfUnit, Refusal } from '#kernel';
import type { AgencyId } from '#kernel';
import { checkCrossChecks } from './cross-check-rules.ts';
import { checkDefinition } from './definition-rules.ts';
import { lastDayIn } from './due-dates.ts';
import { classesOf, isChosen } from './party-class.ts';
import type { PlanFault, PlanFileName } from './plan-faults.ts';
import type { Plan, PlanAssignment } from './plan.ts';
import type { LeadParty } from './round.events.ts';

type Report = (code: string, field: string | null, message: string) => void;

/**
 * What no single row can tell: that everything a row names is there, that nothing is listed twice,
 * that readings agree with the words they were read from, and that the ledger's own rules for
 * definitions would take them. Returns every fault.
 */
export function checkPlan(plan: Plan): PlanFault[] {
  const faults: PlanFault[] = [];
  const reporter =
    (file: PlanFileName, index: number | null, rowName: string | null): Report =>
    (code, field, message) => {
      faults.push({ code, file, row: index === null ? null : index + 1, rowName, field, message });
    };
  const isFirst = (names: readonly string[], name: string, index: number) =>
    names.indexOf(name) === index;

  const agencies = plan.agencies.map(({ agency }) => agency);
  plan.agencies.forEach(({ agency, units }, index) => {
    const report = reporter('agencies.json', index, agency);
    if (!isFirst(agencies, agency, index)) report('plan/twice', 'agency', 'listed before');
    units.forEach(({ unit }, n) => {
      if (!unit.startsWith(`${agency}.`))
        report('plan/unit-elsewhere', `units/${n}/unit`, `not a unit of ${agency}`);
    });
  });

  const codes = plan.indicators.map(({ code }) => code);
  const groups = plan.edition.groups.map(({ code }) => code);
  plan.indicators.forEach((definition, index) => {
    const report = reporter('framework.json', index, definition.code);
    if (!isFirst(codes, definition.code, index)) report('plan/twice', 'code', 'listed before');
    reportRefusal(report, () => checkDefinition(definition, groups));
  });

  checkCrossChecked(plan, (index, key) => reporter('cross-checks.json', index, key));
  checkHead(plan, agencies, reporter('round.json', null, null));
  const assigned = plan.assignments.map(({ indicator }) => indicator);
  plan.assignments.forEach((assignment, index) => {
    const report = reporter('round.json', index, assignment.indicator);
    if (!isFirst(assigned, assignment.indicator, index)) {
      report('plan/twice', 'indicator', 'assigned before');
    }
    checkParties(assignment, agencies, report);
    checkDates(assignment, report);
    checkRequests(assignment, plan, report);
  });
  plan.dueDecisions.forEach(({ indicator, dateId, lastDay, document }, index) => {
    const report = reporter('round.json', index, `dueDecisions ${indicator ?? 'all'}`);
    if (indicator !== null && !assigned.includes(indicator)) {
      report('plan/indicator-unknown', 'indicator', `${indicator} is not assigned`);
    }
    if ((dateId === null) === (lastDay === null) || (lastDay !== null && document === null)) {
      report('plan/due-invalid', 'dateId', 'a named date, or a day with its document');
    }
  });
  return faults;
}

/** The ledger would refuse the row; its pointer, less the name of the command's member, is the field. */
function reportRefusal(report: Report, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const field = error.facts.pointer?.split('/').slice(2).join('/') ?? null;
    const expected = error.facts['expected'];
    const more = typeof expected === 'string' ? ` Expected ${expected}.` : '';
    report(error.code, field, `${error.text.en}${more}`);
  }
}

/** Each check must be understood by the definitions beside it, as the ledger will ask. */
function checkCrossChecked(
  { crossChecks, framework, edition, indicators }: Plan,
  reporter: (index: number | null, key: string | null) => Report,
): void {
  if (crossChecks === null) return;
  if (crossChecks.framework !== framework || crossChecks.edition !== edition.edition) {
    const held = `framework.json holds ${framework} ${edition.edition}`;
    reporter(null, null)('plan/edition-unknown', 'edition', held);
    return;
  }
  const defined = indicators.map((one) => [one.code, [{ ...one, revision: 1 }]] as const);
  const keys = crossChecks.checks.map(({ key }) => key);
  crossChecks.checks.forEach((check, index) => {
    const report = reporter(index, check.key);
    if (keys.indexOf(check.key) < index) report('plan/twice', 'key', 'stated before');
    // Its place in a list of one is no part of the field's name.
    const told: Report = (code, field, message) => {
      report(code, field?.replace(/^0\//u, '') ?? null, message);
    };
    reportRefusal(told, () => {
      checkCrossChecks([check], { indicators: new Map(defined), crossChecks: [] });
    });
  });
}

function checkHead(
  { round, framework, edition }: Plan,
  agencies: readonly AgencyId[],
  report: Report,
): void {
  if (round.framework !== framework)
    report('plan/framework-unknown', 'round/framework', `framework.json holds ${framework}`);
  if (round.edition !== edition.edition) {
    report('plan/edition-unknown', 'round/edition', `framework.json holds ${edition.edition}`);
  }
  round.chain.forEach((agency, index) => {
    reportUnknown(agency, agencies, `round/chain/${index}`, report);
  });
  if (round.chain[0] !== round.checkingAgency) {
    report('plan/chain-invalid', 'round/chain/0', 'the chain begins with the checking agency');
  }
}

function checkParties(
  { leads, leadParties, coordinating, raw, choices }: PlanAssignment,
  agencies: readonly AgencyId[],
  report: Report,
): void {
  if (leads.length === 0) report('plan/leads-missing', 'leads', 'nobody answers for it');
  checkLeadParties(leadParties ?? [], raw.lead, report);
  leads.forEach((lead, index) => reportUnknown(lead, agencies, `leads/${index}`, report));
  coordinating.forEach((party, index) => {
    const field = `coordinating/${index}`;
    if ((party.agency === null) === (party.class === null)) {
      report('plan/party-invalid', field, 'one agency or one class, never both');
    }
    if (party.agency !== null) reportUnknown(party.agency, agencies, `${field}/agency`, report);
    if (!raw.coordinating.includes(party.raw)) {
      report('plan/raw-elsewhere', `${field}/raw`, 'not a piece of raw/coordinating');
    }
  });
  const chosen = classesOf(coordinating).filter(isChosen);
  for (const name of chosen) {
    if (choices.some((choice) => choice.class === name)) continue;
    report('plan/choice-missing', 'choices', `members of ${name} must be chosen, with a reason`);
  }
  choices.forEach(({ class: name, members }, index) => {
    const isTwice = choices.findIndex((choice) => choice.class === name) < index;
    if (!chosen.includes(name) || isTwice) {
      report('plan/choice-invalid', `choices/${index}/class`, 'not a class to choose for here');
    }
    members.forEach((member, n) => {
      reportUnknown(member, agencies, `choices/${index}/members/${n}`, report);
    });
  });
}

/** The ledger checks the rest when the row comes: what it cannot see is the file's own cell. */
function checkLeadParties(parties: readonly LeadParty[], cell: string, report: Report): void {
  parties.forEach(({ raw, agency, class: name, unit, members, reason }, index) => {
    const field = `leadParties/${index}`;
    if ((agency === null) === (name === null)) {
      report('plan/party-invalid', field, 'one agency or one class, never both');
    }
    if (!cell.includes(raw))
      report('plan/raw-elsewhere', `${field}/raw`, 'not a piece of raw/lead');
    if (unit !== null && agencyOfUnit(unit) !== agency) {
      report('plan/unit-elsewhere', `${field}/unit`, `not a unit of ${agency ?? 'an agency'}`);
    }
    const explains = name !== null && (members.length === 0 || isChosen(name));
    if (explains && reason === null) {
      report('plan/choice-missing', `${field}/reason`, `members of ${name} need a reason`);
    }
  });
}

/** A last day is a reading of the words beside it; where both can be read they must agree. */
function checkDates({ dates }: PlanAssignment, report: Report): void {
  dates.forEach(({ lastDay, source }, index) => {
    const read = lastDayIn(source.raw);
    if (read === undefined || read === lastDay) return;
    report('plan/date-reading', `dates/${index}/lastDay`, `"${source.raw}" reads ${read}`);
  });
}

function checkRequests({ indicator, requests }: PlanAssignment, plan: Plan, report: Report): void {
  const definition = plan.indicators.find(({ code }) => code === indicator);
  if (definition === undefined) {
    report('plan/indicator-unknown', 'indicator', `framework.json does not define ${indicator}`);
    return;
  }
  const { documentsOnly, components, exceptions } = requests;
  if (documentsOnly !== (components.length === 0)) {
    report('plan/request-invalid', 'requests', 'components, or documents only');
  }
  const suppliable = definition.components.filter(({ suppliedBy }) => suppliedBy !== 'lead');
  const checkAsked = (asked: readonly string[], field: string) => {
    asked.forEach((key, index) => {
      if (suppliable.some((component) => component.key === key)) return;
      report('plan/component-unknown', `${field}/${index}`, `${key} is not asked of contributors`);
    });
  };
  checkAsked(components, 'requests/components');
  exceptions.forEach(({ agency, components: asked }, index) => {
    const field = `requests/exceptions/${index}`;
    reportUnknown(
      agency,
      plan.agencies.map((one) => one.agency),
      `${field}/agency`,
      report,
    );
    checkAsked(asked, `${field}/components`);
  });
}

function reportUnknown(
  agency: AgencyId,
  agencies: readonly AgencyId[],
  field: string,
  report: Report,
): void {
  if (agencies.includes(agency)) return;
  report('plan/agency-unknown', field, `${agency} is not in agencies.json`);
}
