import type {
  AgencyId,
  Bilingual,
  Day,
  DocumentRef,
  IndicatorCode,
  Period,
  RoundId,
  SourceRef,
} from '#kernel';
import type { CrossCheck } from './cross-checks.ts';
import type { IndicatorDefinition, IndicatorGroup } from './framework.events.ts';
import type { Assignment, DueScope, ResponsibilitySentence } from './round.events.ts';

/** A definition as handed in: the framework numbers its revisions itself. */
export type DefinitionInput = Omit<IndicatorDefinition, 'revision'>;

export type FrameworkCommand =
  | {
      readonly type: 'publish-edition';
      readonly framework: string;
      readonly edition: string;
      readonly title: Bilingual;
      readonly document: DocumentRef;
      readonly aliases: readonly string[];
      readonly groups: readonly IndicatorGroup[];
    }
  | { readonly type: 'define'; readonly edition: string; readonly definition: DefinitionInput }
  | {
      readonly type: 'redefine';
      readonly edition: string;
      readonly definition: DefinitionInput;
      readonly reason: string;
      readonly document: DocumentRef | null;
    }
  | {
      readonly type: 'state-cross-checks';
      readonly edition: string;
      readonly checks: readonly CrossCheck[];
      readonly reason: string;
    };

export type AssignmentInput = Omit<Assignment, 'definition'>;

/** Who was found or chosen as the members of one party class. */
export type ParticipantChoice = {
  readonly class: string;
  readonly members: readonly AgencyId[];
  readonly reason: string | null;
};

export type RoundCommand =
  | {
      readonly type: 'open';
      readonly round: RoundId;
      readonly framework: string;
      readonly edition: string;
      readonly period: Period & { readonly label: string };
      readonly title: Bilingual;
      readonly legalBasis: DocumentRef;
      readonly checkingAgency: AgencyId;
      readonly chain: readonly AgencyId[];
      readonly responsibility: readonly ResponsibilitySentence[];
      readonly verificationBasis: SourceRef;
      readonly datesUnspecified: readonly SourceRef[];
    }
  | { readonly type: 'issue-legal-basis'; readonly legalBasis: DocumentRef }
  | { readonly type: 'assign'; readonly assignment: AssignmentInput }
  | {
      readonly type: 'amend-assignment';
      readonly assignment: AssignmentInput;
      readonly reason: string;
      readonly document: DocumentRef;
    }
  | {
      readonly type: 'pass-to-successor';
      readonly indicator: IndicatorCode;
      readonly from: AgencyId;
      readonly to: AgencyId;
      readonly on: Day;
      readonly document: DocumentRef;
    }
  | {
      readonly type: 'decide-due';
      readonly scope: DueScope;
      readonly indicator: IndicatorCode | null;
      readonly dateId: string | null;
      readonly lastDay: Day | null;
      readonly why: string;
      readonly document: DocumentRef | null;
    }
  | {
      readonly type: 'extend-deadline';
      readonly scope: DueScope;
      readonly indicator: IndicatorCode;
      readonly agency: AgencyId | null;
      readonly lastDay: Day;
      readonly reason: string;
      readonly document: DocumentRef;
    }
  | {
      readonly type: 'freeze-participants';
      readonly indicator: IndicatorCode;
      /**
       * Members of every class of the assignment, as the sender found them: the rules look at no
       * list of agencies, they check each one named here against its own stream. The reason may
       * be null only where membership is registered and every agency listed belongs to the class;
       * "liên quan" and open classes always need one (an empty list with a reason says: nobody).
       */
      readonly choices: readonly ParticipantChoice[];
    }
  | {
      readonly type: 'amend-participants';
      readonly indicator: IndicatorCode;
      readonly added: readonly AgencyId[];
      readonly removed: readonly AgencyId[];
      readonly reason: string;
      readonly document: DocumentRef | null;
    }
  | { readonly type: 'move-to-edition'; readonly edition: string; readonly document: DocumentRef }
  | {
      readonly type: 'close';
      readonly on: Day;
      readonly reason: string;
      readonly document: DocumentRef | null;
    };
