import { isAgencyId, isIdPart, isIndicatorCode, isRoundId, isUnitId, parseDecimal } from '#kernel';
import type { AgencyId, Decimal, Period } from '#kernel';
import { agencyKinds } from '#directory';
import type { DefinitionInput } from './catalogue.commands.ts';
import { aggregationRules, componentTypes, indicatorKinds } from './framework.events.ts';
import type { ComponentDefinition, IndicatorGroup } from './framework.events.ts';
import type {
  PlanAgency,
  PlanAssignment,
  PlanChoice,
  PlanDueDecision,
  PlanEdition,
  PlanLeadParty,
  PlanRequests,
  PlanRound,
  PlanRow,
} from './plan.ts';
import {
  bilingual,
  dayText,
  documentRef,
  emptyOr,
  listOf,
  name,
  nullable,
  oneOf,
  recordOf,
  sourceRef,
  text,
  wholeNumber,
  yesOrNo,
} from './plan-shape.ts';
import type { Shape } from './plan-shape.ts';
import { assignmentModes, dueScopes } from './round.events.ts';
import type { NamedDate, Party, ResponsibilitySentence } from './round.events.ts';

/** What the rows and heads of plan files look like, one shape each; `plan-files.ts` reads them. */

/** Where a file was read from, and what in it is ours. */
export type Provenance = {
  readonly sources: readonly { file: string; lines: string; what: string }[];
  readonly extraction: string;
  readonly proposed: readonly string[];
  readonly incomplete: readonly string[];
  readonly read: readonly string[];
};

export const idPart = name(isIdPart, 'a name of a-z, 0-9 and _');
const agencyId = name(isAgencyId, 'an agency such as son_la.so_tc');
const indicatorCode = name(isIndicatorCode, 'a code such as I.4');
const decimalText = name(
  (value) => parseDecimal(value) !== undefined,
  'a decimal',
) as Shape<Decimal>;

export const provenance = recordOf<Provenance>({
  sources: listOf(recordOf({ file: text(200), lines: text(200), what: text() })),
  extraction: text(),
  proposed: listOf(text()),
  incomplete: listOf(text()),
  read: listOf(text()),
});

const unitId = name(isUnitId, 'a unit of the agency');
const agencyMembers = {
  agency: agencyId,
  kind: oneOf(agencyKinds),
  name: bilingual,
  aliases: listOf(text(300)),
  classes: listOf(idPart),
  units: listOf(recordOf({ unit: unitId, name: bilingual })),
  document: nullable(documentRef),
  note: nullable(text()),
};
const livingAgency = recordOf<Omit<PlanAgency, 'dissolved'>>(agencyMembers);
/** `plan-agencies/1`: agencies that exist. */
export const agency: Shape<PlanAgency> = (value, field) => {
  return { ...livingAgency(value, field), dissolved: null };
};
/** `plan-agencies/2`: some may be gone. */
export const agencyOrGone = recordOf<PlanAgency>({
  ...agencyMembers,
  dissolved: nullable(recordOf({ on: dayText, document: documentRef })),
});

/** Another plan folder beside this one. A name, no path: a plan reaches nothing else. */
const folder = name(
  (value) => /^\.\.\/[a-z0-9_-]+$/.test(value),
  'a folder such as ../son_la-x-2026',
);
/** Agencies that another folder lists; `only` picks some of them. */
export const agenciesFrom = listOf(
  recordOf<{ folder: string; only: readonly AgencyId[] | null }>({
    folder,
    only: nullable(listOf(agencyId)),
  }),
);
export const otherFolder = folder;

export const edition = recordOf<PlanEdition>({
  edition: idPart,
  title: bilingual,
  document: documentRef,
  aliases: listOf(text(200)),
  groups: listOf(
    recordOf<IndicatorGroup>({
      code: indicatorCode,
      name: bilingual,
      declaredCount: nullable(wholeNumber),
    }),
  ),
});

export const definition = recordOf<DefinitionInput>({
  code: indicatorCode,
  group: indicatorCode,
  kind: oneOf(indicatorKinds),
  name: bilingual,
  status: oneOf(['proposed', 'official']),
  unit: nullable(text(100)),
  valueType: text(100),
  aggregation: recordOf<DefinitionInput['aggregation']>({
    rule: oneOf(aggregationRules),
    factor: nullable(decimalText),
    meaning: text(),
  }),
  components: listOf(
    recordOf<ComponentDefinition>({
      key: idPart,
      label: bilingual,
      type: oneOf(componentTypes),
      unit: nullable(text(100)),
      scaleMax: nullable(wholeNumber),
      required: yesOrNo,
      suppliedBy: oneOf(['lead', 'contributors', 'both']),
      itemKey: nullable(text(200)),
    }),
  ),
  evidenceKinds: listOf(text(100)),
  target: nullable(recordOf({ operator: text(20), value: text(200), raw: text() })),
  deliverable: nullable(text()),
  reasoning: text(),
  basis: text(),
  sources: listOf(sourceRef),
});

export const round = recordOf<PlanRound>({
  round: name(isRoundId, 'a round such as son_la-qd1969-2026'),
  framework: idPart,
  edition: idPart,
  period: recordOf<Period & { readonly label: string }>({
    from: dayText,
    to: dayText,
    label: text(100),
  }),
  title: bilingual,
  legalBasis: documentRef,
  checkingAgency: agencyId,
  chain: listOf(agencyId),
  responsibility: listOf(
    recordOf<ResponsibilitySentence>({
      agencyKinds: listOf(oneOf(agencyKinds)),
      text: text(),
      source: sourceRef,
    }),
  ),
  verificationBasis: sourceRef,
  datesUnspecified: listOf(sourceRef),
});

const namedDate = recordOf<NamedDate>({
  id: idPart,
  scopes: listOf(oneOf(dueScopes)),
  lastDay: dayText,
  source: sourceRef,
});
const choice = recordOf<PlanChoice>({ class: idPart, members: listOf(agencyId), reason: text() });
const rowMembers = {
  indicator: indicatorCode,
  mode: oneOf(assignmentModes),
  coordinating: listOf(
    recordOf<Party>({ raw: text(), agency: nullable(agencyId), class: nullable(idPart) }),
  ),
  dates: listOf(namedDate),
  raw: recordOf({ lead: text(), coordinating: emptyOr(text()), due: emptyOr(text()) }),
  source: sourceRef,
  choices: listOf(choice),
  requests: recordOf<PlanRequests>({
    documentsOnly: yesOrNo,
    components: listOf(idPart),
    exceptions: listOf(recordOf({ agency: agencyId, components: listOf(idPart), reason: text() })),
  }),
};
/** `plan-round/1`: every lead by name. */
export const assignment = recordOf<PlanAssignment>({ ...rowMembers, leads: listOf(agencyId) });
/** `plan-round/2`: the lead cell piece by piece. */
export const row = recordOf<PlanRow>({
  ...rowMembers,
  leadParties: listOf(
    recordOf<PlanLeadParty>({
      raw: text(),
      agency: nullable(agencyId),
      class: nullable(idPart),
      unit: nullable(unitId),
      members: nullable(listOf(agencyId)),
      reason: nullable(text()),
    }),
  ),
});
export const datesForAll = listOf(namedDate);
export const choicesForAll = listOf(choice);

export const dueDecision = recordOf<PlanDueDecision>({
  scope: oneOf(dueScopes),
  indicator: nullable(indicatorCode),
  dateId: nullable(idPart),
  lastDay: nullable(dayText),
  why: text(),
  document: nullable(documentRef),
});
