import { eventOf, numberOf, presentNumber, stream, words } from './model.ts';
import type { Act, Model, Person, Sheet, Subject, Version } from './model.ts';

/**
 * What the model says beforehand of an act: the event it comes to, or the refusal that is heard
 * first. From the tables of DOMAIN, like the sheet itself, and from nothing else.
 */
const roles: Record<Person, readonly string[]> = {
  officer: ['officer'],
  colleague: ['officer'],
  both: ['officer', 'head'],
  head: ['head'],
  deputy: ['deputy'],
  checker: ['checker'],
  feedingChecker: ['checker'],
  giver: ['giver'],
  givingColleague: ['giver'],
  giverHead: ['giverHead'],
  auditor: ['auditor'],
  inspector: ['inspector'],
  registrar: [],
};
/** Roles as the ledger knows them: the same role of two agencies is one role in two places. */
const kinds: Record<string, string> = { giver: 'officer', giverHead: 'head', deputy: 'head' };
const kindOf = (role: string) => kinds[role] ?? role;

/** From which status each act starts. */
const from: Record<string, readonly string[]> = {
  request: ['awaiting'],
  submit: ['awaiting', 'requested', 'withdrawn'],
  declare: ['awaiting', 'requested', 'returned', 'withdrawn'],
  correct: ['submitted', 'endorsed', 'verified', 'accepted', 'returned'],
  endorse: ['submitted'],
  recall: ['endorsed'],
  return: ['submitted', 'endorsed'],
  approve: ['endorsed'],
  withdraw: ['submitted', 'endorsed', 'returned'],
  order: ['verified'],
};
const withVersion = ['submitted', 'endorsed', 'verified', 'returned', 'withdrawn'];

function whoMay(model: Model, { on, act }: Act): readonly string[] {
  const { status } = model[on];
  const [officers, heads] =
    on === 'figure' ? [['officer'], ['head', 'deputy']] : [['giver'], ['giverHead']];
  if (act === 'return') {
    if (status !== 'endorsed') return heads;
    return on === 'figure' ? ['checker'] : ['officer'];
  }
  if (act === 'request') return ['officer'];
  if (act === 'approve') return on === 'figure' ? ['checker'] : ['officer'];
  if (act === 'ask') return ['checker', 'auditor'];
  if (act === 'order') return ['inspector'];
  if (act === 'explain') return ['officer', 'head', 'deputy'];
  if (act === 'dispute' || act === 'settle') return ['head', 'deputy', 'giverHead'];
  return ['endorse', 'recall', 'withdraw'].includes(act) ? heads : officers;
}

function roleRefusal(model: Model, act: Act): string | undefined {
  const may = whoMay(model, act);
  if (roles[act.by].some((role) => may.includes(role))) return undefined;
  // `explain` measures an officer of elsewhere as one who would sign (see test/duties).
  const alike = act.act === 'explain' ? ['head'] : may.map(kindOf);
  if (!roles[act.by].some((role) => alike.includes(kindOf(role)))) return 'duty/role-required';
  const leads = act.on === 'part' && ['request', 'approve'].includes(act.act);
  const leadReturns = act.act === 'return' && model.part.status === 'endorsed';
  return leads || (act.on === 'part' && leadReturns)
    ? 'duty/not-lead-agency'
    : words[act.on].elsewhere;
}

/** What the act must come to: an event's name, or the code of the refusal. */
export function expected(model: Model, act: Act): string {
  const sheet = model[act.on];
  const name = stream[act.on];
  const audits = act.act === 'ask' || act.act === 'order';
  const isAuditor = act.by === 'auditor' || act.by === 'inspector';
  if (!audits && isAuditor) return 'duty/auditor-writes';
  const role = roleRefusal(model, act);
  const wrong = !(from[act.act] ?? withVersion).includes(sheet.status);
  // Verifying and settling look at the figure first, all else at the person.
  const figureFirst = act.on === 'figure' && act.act === 'approve';
  if (act.act === 'settle') return settled(sheet, act, wrong, role);
  if (!figureFirst && role !== undefined) return role;
  if (wrong) return `${name}/wrong-status`;
  if ('version' in act) {
    const number = numberOf(sheet, act.version);
    const inQuestion = act.act === 'ask' || act.act === 'dispute';
    if (!(inQuestion && number > 0 && number === sheet.inForce)) {
      if (sheet.versions[number - 1] === undefined) return `${name}/no-such-version`;
      if (number !== presentNumber(sheet)) return `${name}/version-superseded`;
    }
  }
  return (figureFirst ? role : undefined) ?? inDetail(model, act, sheet) ?? eventOf(act);
}

function settled(
  sheet: Sheet,
  act: Act & { number: number },
  wrong: boolean,
  role: string | undefined,
): string {
  if (wrong) return 'figure/wrong-status';
  const raised = sheet.disputes[act.number - 1];
  if (raised === undefined) return 'figure/no-such-dispute';
  if (role !== undefined) return role;
  const ofGiver = (person: Person) => person === 'giverHead';
  if (ofGiver(raised.by) !== ofGiver(act.by)) return 'duty/not-disputing-agency';
  return raised.open ? eventOf(act) : 'figure/already-settled';
}

/** What only the version at hand can tell. */
function inDetail(model: Model, act: Act, sheet: Sheet): string | undefined {
  const name = stream[act.on];
  const present = sheet.versions[presentNumber(sheet) - 1];
  if (act.act === 'correct') {
    if ((act.kind === 'resubmission') !== (sheet.status === 'returned'))
      return `${name}/wrong-kind`;
    if (act.kind === 'update' && present && !isPlanned(model, act.on, present)) {
      return `${name}/not-an-update`;
    }
  }
  if ((act.act === 'submit' || act.act === 'correct') && act.on === 'figure' && act.withPart) {
    return model.part.inForce === 0 ? 'figure/part-not-accepted' : undefined;
  }
  if (act.act === 'endorse') return present?.by === act.by ? 'duty/same-person' : undefined;
  if (act.act === 'recall') {
    return present?.endorsed.includes(act.by) ? undefined : 'duty/not-your-endorsement';
  }
  if (act.act === 'approve' && act.by === 'feedingChecker') {
    return present && present.builtFrom > 0 ? 'duty/same-unit' : undefined;
  }
  if (act.act === 'explain') {
    const open = sheet.questions[act.number - 1];
    if (open === undefined) return 'figure/no-such-request';
    return open ? undefined : 'figure/already-explained';
  }
  return undefined;
}

/** An estimate, an absence, a part that has come since, or one that has moved on. */
function isPlanned({ part }: Model, on: Subject, version: Version): boolean {
  if (version.estimate || version.absent) return true;
  if (on === 'part') return false;
  const latest = part.versions.at(-1)?.withdrawn ? part.inForce : part.versions.length;
  const movedOn = version.builtFrom > 0 && latest > version.builtFrom;
  return (version.partOwed && part.inForce > 0) || movedOn;
}
