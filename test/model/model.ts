/**
 * A figure and its one part as a clerk would keep them on a sheet of paper: the tables of DOMAIN
 * ("A figure's life", "Contribution") and nothing else. It shares no code and no types with the
 * deciders; it says beforehand what an act must come to, and takes down what was recorded.
 */
export type Person =
  | 'officer'
  | 'colleague'
  | 'both'
  | 'head'
  | 'deputy'
  | 'checker'
  | 'feedingChecker'
  | 'giver'
  | 'givingColleague'
  | 'giverHead'
  | 'auditor'
  | 'inspector'
  | 'registrar';
export type Subject = 'figure' | 'part';
export type Kind = 'resubmission' | 'update' | 'correction';
export type Which = 'present' | 'older' | 'unknown';

export type Act = { readonly on: Subject; readonly by: Person } & (
  | { readonly act: 'submit'; readonly estimate: boolean; readonly withPart: boolean }
  | {
      readonly act: 'correct';
      readonly kind: Kind;
      readonly estimate: boolean;
      readonly withPart: boolean;
    }
  | { readonly act: 'declare' | 'request' }
  | {
      readonly act: 'endorse' | 'recall' | 'return' | 'approve' | 'withdraw';
      readonly version: Which;
    }
  | { readonly act: 'ask' | 'dispute' | 'order'; readonly version: Which }
  | { readonly act: 'explain' | 'settle'; readonly number: number }
);

export type Version = {
  by: Person;
  kind: 'first' | Kind;
  estimate: boolean;
  absent: boolean;
  /** Number of the part's version it was built from; 0 for none. */
  builtFrom: number;
  /** The part was still owed when this was handed in. */
  partOwed: boolean;
  endorsed: Person[];
  recalled: Person[];
  approved: Person | null;
  withdrawn: boolean;
};
export type Sheet = {
  status: string;
  inForce: number;
  versions: Version[];
  questions: boolean[];
  disputes: { by: Person; open: boolean }[];
  orders: number;
  history: string[];
};
export type Model = Record<Subject, Sheet>;

const blank = (): Sheet => ({
  status: 'awaiting',
  inForce: 0,
  versions: [],
  questions: [],
  disputes: [],
  orders: 0,
  history: [],
});
export const newModel = (): Model => ({ figure: blank(), part: blank() });

export const words = {
  figure: { approve: 'verified', approved: 'verified', elsewhere: 'duty/not-lead-agency' },
  part: { approve: 'accepted', approved: 'accepted', elsewhere: 'duty/not-your-agency' },
} as const;
export const stream = { figure: 'figure', part: 'contribution' } as const;

/** Number of the version that acts are about; 0 where nothing was handed in. */
export function presentNumber({ versions, inForce }: Sheet): number {
  return versions.at(-1)?.withdrawn === true ? inForce || versions.length : versions.length;
}

export function numberOf(sheet: Sheet, which: Which): number {
  return { present: presentNumber(sheet), older: presentNumber(sheet) - 1, unknown: 99 }[which];
}

/** The name of the event that this act is recorded as. */
export function eventOf({ on, act }: Act): string {
  const names: Record<string, string> = {
    request: 'requested',
    submit: 'submitted',
    correct: 'corrected',
    endorse: 'endorsed',
    recall: 'endorsement-withdrawn',
    return: 'returned',
    approve: words[on].approve,
    withdraw: 'withdrawn',
    ask: 'explanation-requested',
    explain: 'explained',
    dispute: 'disputed',
    settle: 'dispute-settled',
    declare: on === 'figure' ? 'declared-unavailable' : 'declared-no-data',
  };
  return act === 'order' ? 'correction.ordered.v1' : `${stream[on]}.${names[act]}.v1`;
}

/** Takes down an act that was recorded. */
export function note(model: Model, act: Act): void {
  const sheet = model[act.on];
  const present = sheet.versions[presentNumber(sheet) - 1] as Version;
  sheet.history.push(`${eventOf(act)} ${act.by}`);
  switch (act.act) {
    case 'request':
      sheet.status = 'requested';
      return;
    case 'submit':
    case 'correct':
    case 'declare': {
      const resubmits = sheet.status === 'returned' ? 'resubmission' : 'first';
      sheet.versions.push({
        by: act.by,
        kind: act.act === 'correct' ? act.kind : resubmits,
        estimate: 'estimate' in act && act.estimate,
        absent: act.act === 'declare',
        builtFrom:
          'withPart' in act && act.withPart && act.on === 'figure' ? model.part.inForce : 0,
        partOwed: act.on === 'figure' && model.part.inForce === 0,
        endorsed: [],
        recalled: [],
        approved: null,
        withdrawn: false,
      });
      sheet.status = 'submitted';
      return;
    }
    case 'endorse':
      present.endorsed.push(act.by);
      sheet.status = 'endorsed';
      return;
    case 'recall':
      present.recalled.push(...present.endorsed.splice(0));
      sheet.status = 'submitted';
      return;
    case 'return':
      sheet.status = 'returned';
      return;
    case 'approve':
      present.approved = act.by;
      sheet.inForce = presentNumber(sheet);
      sheet.status = words[act.on].approved;
      return;
    case 'withdraw':
      present.withdrawn = true;
      sheet.status = sheet.inForce > 0 ? words[act.on].approved : 'withdrawn';
      return;
    case 'ask':
      sheet.questions.push(true);
      return;
    case 'explain':
      sheet.questions[act.number - 1] = false;
      return;
    case 'dispute':
      sheet.disputes.push({ by: act.by, open: true });
      return;
    case 'settle':
      (sheet.disputes[act.number - 1] as { open: boolean }).open = false;
      return;
    case 'order':
      sheet.orders += 1;
      return;
  }
}
