import type { Actor, Day, Decision, PersonId, Recorded } from '#kernel';
import type { FigureFact, FigureStatement, VerificationMark } from './figure.events.ts';
import type { FigureCommand } from './figures.commands.ts';
import { refuse } from './refusals.ts';
import type { Remark } from './statement.ts';
import {
  approved,
  endorsed,
  endorsementWithdrawn,
  presentVersion,
  reEndorsed,
  returned,
  versionFrom,
  versionNumbered,
  versionToApprove,
  withdrawn,
} from './versions.ts';
import type { Version, Versioned } from './versions.ts';

/** DOMAIN, A figure's life. A figure is awaited from the day it is assigned, without an event. */
export const figureStatuses = [
  'awaiting',
  'submitted',
  'endorsed',
  'verified',
  'returned',
  'withdrawn',
] as const;
export type FigureStatus = (typeof figureStatuses)[number];

export type Explanation = {
  readonly request: string;
  readonly by: Actor;
  readonly version: number;
  readonly remarks: readonly Remark[];
  readonly lastDay: Day;
  readonly revision: number;
  readonly explainedBy: Actor | null;
};

export type Dispute = {
  readonly dispute: string;
  readonly by: Actor;
  readonly version: number;
  readonly reason: string;
  readonly revision: number;
  readonly outcome: 'withdrawn' | 'upheld' | 'dismissed' | null;
};

export type CorrectionOrder = {
  readonly order: string;
  readonly by: Actor;
  readonly version: number;
  readonly lastDay: Day;
  readonly revision: number;
};

const withAVersion = [
  'submitted',
  'endorsed',
  'verified',
  'returned',
  'withdrawn',
] as const satisfies readonly FigureStatus[];

/** From which status each command starts: the table of DOMAIN, A figure's life. */
export const figureTransitions: Readonly<Record<FigureCommand['type'], readonly FigureStatus[]>> = {
  submit: ['awaiting', 'withdrawn'],
  'declare-unavailable': ['awaiting', 'returned', 'withdrawn'],
  correct: ['submitted', 'endorsed', 'verified', 'returned'],
  endorse: ['submitted'],
  // The version in force also while a later one is on its way.
  're-endorse': ['endorsed', 'verified'],
  'withdraw-endorsement': ['endorsed'],
  return: ['submitted', 'endorsed'],
  verify: ['endorsed'],
  'request-explanation': withAVersion,
  explain: withAVersion,
  withdraw: ['submitted', 'endorsed', 'returned'],
  dispute: withAVersion,
  settle: withAVersion,
  'order-correction': ['verified'],
};

/** Refuses a command that the present status does not allow. */
export function refuseWrongStatus({ status }: Figure, command: FigureCommand['type']): void {
  const from = figureTransitions[command];
  if (!from.includes(status)) throw refuse('figure/wrong-status', { command, status, from });
}

/** One act, one fact. */
export function decided(actor: Actor, fact: FigureFact): Decision<FigureFact> {
  return { actor, facts: [fact] };
}

/** One figure as its stream tells it. Explanations, disputes and orders are flags, not states. */
export type Figure = Versioned<FigureStatement> & {
  readonly status: FigureStatus;
  readonly explanations: readonly Explanation[];
  readonly disputes: readonly Dispute[];
  readonly orders: readonly CorrectionOrder[];
  /** Marks that each verification left for ever, by the number of the version. */
  readonly verificationMarks: Readonly<Record<number, readonly VerificationMark[]>>;
};

export type FigureVersion = Version<FigureStatement>;
export type CommandOf<T extends FigureCommand['type']> = Extract<FigureCommand, { type: T }>;

export const awaitedFigure: Figure = {
  status: 'awaiting',
  versions: [],
  inForce: null,
  explanations: [],
  disputes: [],
  orders: [],
  verificationMarks: {},
};

export function evolveFigure(figure: Figure, event: Recorded<FigureFact>): Figure {
  const { versions } = figure;
  switch (event.type) {
    case 'figure.submitted.v1':
    case 'figure.declared-unavailable.v1':
    case 'figure.corrected.v1':
      // The verified version stays in force: a correction filed the day before reporting leaves
      // no hole.
      return {
        ...figure,
        status: 'submitted',
        versions: [...versions, versionFrom(event, event.data)],
      };
    case 'figure.endorsed.v1':
      return {
        ...figure,
        status: event.data.awaited.length === 0 ? 'endorsed' : 'submitted',
        versions: endorsed(versions, event),
      };
    case 'figure.re-endorsed.v1':
      return { ...figure, versions: reEndorsed(versions, event) };
    case 'figure.endorsement-withdrawn.v1':
      return { ...figure, status: 'submitted', versions: endorsementWithdrawn(versions, event) };
    case 'figure.returned.v1':
      return { ...figure, status: 'returned', versions: returned(versions, event) };
    case 'figure.verified.v1':
      return {
        ...figure,
        status: 'verified',
        inForce: event.data.version,
        versions: approved(versions, event),
        verificationMarks: {
          ...figure.verificationMarks,
          [event.data.version]: event.data.marks,
        },
      };
    case 'figure.withdrawn.v1':
      return {
        ...figure,
        status: figure.inForce === null ? 'withdrawn' : 'verified',
        versions: withdrawn(versions, event),
      };
    default:
      return evolveFlags(figure, event);
  }
}

type FlagFact = Extract<
  FigureFact,
  {
    type:
      | 'figure.explanation-requested.v1'
      | 'figure.explained.v1'
      | 'figure.disputed.v1'
      | 'figure.dispute-settled.v1'
      | 'correction.ordered.v1';
  }
>;

function evolveFlags(figure: Figure, event: Recorded<FlagFact>): Figure {
  const { explanations, disputes, orders } = figure;
  const { revision } = event;
  const by = event.metadata.actor;
  switch (event.type) {
    case 'figure.explanation-requested.v1': {
      const { request, version, remarks, lastDay } = event.data;
      const asked = { request, by, version, remarks, lastDay, revision, explainedBy: null };
      return { ...figure, explanations: [...explanations, asked] };
    }
    case 'figure.explained.v1':
      return {
        ...figure,
        explanations: explanations.map((asked) =>
          asked.request === event.data.request ? { ...asked, explainedBy: by } : asked,
        ),
      };
    case 'figure.disputed.v1': {
      const { dispute, version, reason } = event.data;
      const raised = { dispute, by, version, reason, revision, outcome: null };
      return { ...figure, disputes: [...disputes, raised] };
    }
    case 'figure.dispute-settled.v1': {
      const { dispute, outcome } = event.data;
      return {
        ...figure,
        disputes: disputes.map((raised) =>
          raised.dispute === dispute ? { ...raised, outcome } : raised,
        ),
      };
    }
    case 'correction.ordered.v1': {
      const { order, version, lastDay } = event.data;
      return { ...figure, orders: [...orders, { order, by, version, lastDay, revision }] };
    }
  }
}

export function openExplanations({ explanations }: Figure): readonly Explanation[] {
  return explanations.filter(({ explainedBy }) => explainedBy === null);
}

export function openDisputes({ disputes }: Figure): readonly Dispute[] {
  return disputes.filter(({ outcome }) => outcome === null);
}

/**
 * Orders that no correction has answered. An order is answered by a correction that stands: one
 * that is withdrawn again leaves the order open, and an update is not a correction.
 */
export function openOrders(figure: Figure): readonly CorrectionOrder[] {
  const present = presentVersion(figure);
  return figure.orders.filter(({ version }) => !correctedSince(figure, present, version));
}

/** Of several open orders one correction answers all, so the first of their days is the one to keep. */
export function strictestOrder(figure: Figure): CorrectionOrder | undefined {
  const [first, ...others] = openOrders(figure);
  return others.reduce((one, next) => {
    return one !== undefined && next.lastDay < one.lastDay ? next : one;
  }, first);
}

/**
 * Whether a correction stands on the way from `later` back to the version numbered `since`. A loop,
 * not a recursion: a figure may have as many versions as it likes, and each replaces an earlier one.
 */
function correctedSince(figure: Figure, later: FigureVersion | undefined, since: number): boolean {
  let one = later;
  while (one !== undefined && one.statement.version > since) {
    if (one.statement.kind === 'correction') return true;
    one = versionNumbered(figure, one.replaces);
  }
  return false;
}

/**
 * The version a question, a dispute or an order is about: the present one or the one in force,
 * because both are shown to whoever asks.
 */
export function versionInQuestion(figure: Figure, number: number): FigureVersion {
  const inForce = versionNumbered(figure, figure.inForce);
  return inForce?.statement.version === number
    ? inForce
    : versionToApprove('figure', figure, number);
}

/** Who audited this figure: they may not write in it later, whatever role they hold by then. */
export function auditorsOf({ explanations, orders }: Figure): ReadonlySet<PersonId> {
  const acts = [...explanations, ...orders].map(({ by }) => by);
  return new Set(
    acts
      .filter(({ role }) => role === 'auditor' || role === 'inspector')
      .map(({ person }) => person),
  );
}
