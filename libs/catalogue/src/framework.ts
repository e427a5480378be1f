import { canonicalJson, digestOf, isIdPart } from '#kernel';
import type {
  Bilingual,
  Day,
  Decider,
  Decision,
  Digest,
  DocumentRef,
  IndicatorCode,
  Recorded,
} from '#kernel';
import { actorOf, capacityAs } from '#directory';
import type { ActingPerson } from '#directory';
import type { DefinitionInput, FrameworkCommand } from './catalogue.commands.ts';
import { checkCrossChecks } from './cross-check-rules.ts';
import type { CrossCheck } from './cross-checks.ts';
import { checkDefinition } from './definition-rules.ts';
import type { FrameworkFact, IndicatorDefinition, IndicatorGroup } from './framework.events.ts';
import {
  checkDistinct,
  checkDocument,
  checkId,
  checkNotEmpty,
  checkText,
  checkTexts,
  sameJson,
} from './input-checks.ts';
import { refuse } from './refusals.ts';

/** One edition of a framework, with every revision of every definition. */
export type Edition = {
  readonly edition: string;
  readonly title: Bilingual;
  readonly document: DocumentRef;
  readonly aliases: readonly string[];
  /** Declared counts are what the document says of itself; nothing is refused by them. */
  readonly groups: readonly IndicatorGroup[];
  /** Revisions of each indicator, the first at index 0. */
  readonly indicators: ReadonlyMap<IndicatorCode, readonly IndicatorDefinition[]>;
  /** What its figures are compared by; empty until stated. */
  readonly crossChecks: readonly CrossCheck[];
};

/** A framework as its stream tells it; null before its first edition. */
export type Framework = {
  readonly framework: string;
  readonly editions: ReadonlyMap<string, Edition>;
  /** Every statement of cross-checks there ever was: edition, checks and reason, as a digest. */
  readonly checksStated: readonly Digest[];
};

export type FrameworkContext = { readonly acting: ActingPerson; readonly today: Day };

/** The definition in force in an edition, or one of its revisions; undefined where there is none. */
export function definitionOf(
  framework: Framework | null,
  edition: string,
  code: IndicatorCode,
  revision?: number,
): IndicatorDefinition | undefined {
  const revisions = framework?.editions.get(edition)?.indicators.get(code);
  return revision === undefined ? revisions?.at(-1) : revisions?.[revision - 1];
}

function decide(
  command: FrameworkCommand,
  framework: Framework | null,
  { acting }: FrameworkContext,
): Decision<FrameworkFact> {
  const capacity = capacityAs(acting, ['registrar']);
  if (capacity === undefined) throw refuse('framework/not-registrar');
  checkTexts(command);
  return { actor: actorOf(acting.person, capacity), facts: [factOf(command, framework)] };
}

function factOf(command: FrameworkCommand, framework: Framework | null): FrameworkFact {
  if (command.type === 'publish-edition') return publish(command, framework);
  if (framework === null) throw refuse('framework/unknown');
  const edition = framework.editions.get(command.edition);
  if (edition === undefined) {
    throw refuse('framework/edition-unknown', { pointer: '/edition', edition: command.edition });
  }
  if (command.type === 'state-cross-checks') {
    const { checks, reason } = command;
    checkText(reason, '/reason');
    const data = { edition: command.edition, checks, reason };
    // Loading a plan again brings nothing back that somebody has replaced since: who means to go
    // back to an earlier set says so in a reason of its own.
    if (framework.checksStated.includes(statementDigest(data))) {
      throw refuse('framework/cross-checks-unchanged', { same: true });
    }
    checkCrossChecks(checks, edition);
    return { type: 'framework.cross-checks-stated.v1', data };
  }
  checkDefinition(
    command.definition,
    edition.groups.map(({ code }) => code),
  );
  const revisions = edition.indicators.get(command.definition.code) ?? [];
  return command.type === 'define' ? define(command, revisions) : redefine(command, revisions);
}

function publish(
  command: Extract<FrameworkCommand, { type: 'publish-edition' }>,
  present: Framework | null,
): FrameworkFact {
  const { framework, edition, title, document, aliases, groups } = command;
  checkId(isIdPart(framework), '/framework');
  checkId(isIdPart(edition), '/edition');
  if (present !== null && present.framework !== framework) {
    throw refuse('framework/name', { pointer: '/framework', framework: present.framework });
  }
  checkText(title.vi, '/title/vi', 1000);
  checkDocument(document, '/document');
  aliases.forEach((alias, index) => checkText(alias, `/aliases/${index}`, 200));
  checkDistinct(aliases, '/aliases');
  checkNotEmpty(groups, '/groups');
  groups.forEach(({ name }, index) => checkText(name.vi, `/groups/${index}/name/vi`, 1000));
  checkDistinct(
    groups.map(({ code }) => code),
    '/groups',
  );
  const data = { framework, edition, title, document, aliases, groups };
  const published = present?.editions.get(edition);
  if (published !== undefined) {
    const { indicators: _indicators, crossChecks: _checks, ...rest } = published;
    throw refuse('framework/edition-exists', { same: sameJson({ framework, ...rest }, data) });
  }
  return { type: 'framework.edition-published.v1', data };
}

function define(
  { edition, definition }: Extract<FrameworkCommand, { type: 'define' }>,
  revisions: readonly IndicatorDefinition[],
): FrameworkFact {
  const [first] = revisions;
  if (first !== undefined) {
    // What was defined is the first revision: loading a plan again is no change even when the
    // indicator has been redefined since.
    throw refuse('indicator/exists', {
      pointer: '/definition/code',
      same: sameJson(contentOf(first), definition),
      revision: revisions.length,
    });
  }
  return {
    type: 'indicator.defined.v1',
    data: { edition, definition: { ...definition, revision: 1 } },
  };
}

function redefine(
  command: Extract<FrameworkCommand, { type: 'redefine' }>,
  revisions: readonly IndicatorDefinition[],
): FrameworkFact {
  const { edition, definition, reason, document } = command;
  checkText(reason, '/reason');
  if (document !== null) checkDocument(document, '/document');
  const present = revisions.at(-1);
  if (present === undefined) throw refuse('indicator/unknown', { pointer: '/definition/code' });
  if (sameJson(contentOf(present), definition)) throw refuse('indicator/unchanged', { same: true });
  const revised = { ...definition, revision: present.revision + 1 };
  return {
    type: 'indicator.redefined.v1',
    data: { edition, definition: revised, reason, document },
  };
}

/** A definition less its number: what two revisions are compared by. */
export function contentOf({ revision: _, ...content }: IndicatorDefinition): DefinitionInput {
  return content;
}

function evolve(framework: Framework | null, event: Recorded<FrameworkFact>): Framework | null {
  switch (event.type) {
    case 'framework.edition-published.v1': {
      const { framework: id, ...edition } = event.data;
      const editions = new Map(framework?.editions);
      editions.set(edition.edition, { ...edition, indicators: new Map(), crossChecks: [] });
      return { framework: id, editions, checksStated: framework?.checksStated ?? [] };
    }
    case 'indicator.defined.v1':
    case 'indicator.redefined.v1':
      return framework && withRevision(framework, event.data.edition, event.data.definition);
    case 'framework.cross-checks-stated.v1':
      return framework && withCrossChecks(framework, event.data);
  }
}

type ChecksStated = Extract<FrameworkFact, { type: 'framework.cross-checks-stated.v1' }>['data'];

function statementDigest({ edition, checks, reason }: ChecksStated): Digest {
  return digestOf(canonicalJson({ edition, checks, reason }));
}

function withCrossChecks(framework: Framework, stated: ChecksStated): Framework {
  const edition = framework.editions.get(stated.edition);
  if (edition === undefined) return framework;
  const present = { ...edition, crossChecks: stated.checks };
  const editions = new Map(framework.editions).set(stated.edition, present);
  const checksStated = [...framework.checksStated, statementDigest(stated)];
  return { ...framework, editions, checksStated };
}

function withRevision(
  framework: Framework,
  name: string,
  definition: IndicatorDefinition,
): Framework {
  const edition = framework.editions.get(name);
  if (edition === undefined) return framework;
  const indicators = new Map(edition.indicators);
  indicators.set(definition.code, [...(indicators.get(definition.code) ?? []), definition]);
  const editions = new Map(framework.editions).set(name, { ...edition, indicators });
  return { ...framework, editions };
}

/**
 * Every rule of a framework. Publishing counts as a creation even where the framework exists: an
 * edition is made under a name of its own and contradicts nothing that anybody may have read.
 */
export const frameworkDecider: Decider<
  FrameworkCommand,
  Framework | null,
  FrameworkFact,
  FrameworkContext
> = {
  initial: null,
  creates: ({ type }) => type === 'publish-edition',
  decide,
  evolve,
};
