import { day, derivedUuid } from '#kernel';
import type { DocumentRef, Role } from '#kernel';
import { findingDecider } from '#figures';
import type { Finding, FindingCommand, FindingContext, FindingFact } from '#figures';
import type { ActingPerson } from '#directory';
import { recordedEvent } from '#testing';
import type { FigureScene } from './figure-scenes.ts';
import { asked, raising } from './finding-rules.ts';
import type { FindingAct, FindingCell } from './finding-rules.ts';
import { agencies, hat, letter, people, wearing } from './stage.ts';

/** Findings in every status, about the one version of a verified figure. */
export const finding = derivedUuid(['duties', 'finding']);

const document: DocumentRef = {
  kind: 'decision',
  number: '12/KL-TTr',
  date: day('2026-08-20'),
  issuer: 'Thanh tra tỉnh',
  title: 'Kết luận',
  digest: letter,
};

type Past = readonly [act: FindingAct, role: Role, agency: string];
const raised: Past = ['raise a question', 'auditor', raising];
const pasts: Readonly<Record<FindingCell['status'], readonly Past[]>> = {
  none: [],
  open: [raised],
  answered: [raised, ['answer', 'officer', asked]],
  overruled: [raised, ['overrule', 'head', agencies.committee]],
  closed: [raised, ['close', 'auditor', raising]],
};
export const statuses = Object.keys(pasts) as FindingCell['status'][];

export function findingContext(scene: FigureScene, acting: ActingPerson): FindingContext {
  const { figure, ...context } = scene.contextFor(acting);
  return { ...context, figure, finding, versions: scene.state.versions };
}

export function findingIn(status: FindingCell['status'], scene: FigureScene): Finding | null {
  let state = findingDecider.initial;
  pasts[status].forEach(([act, role, agency], revision) => {
    const acting = wearing(people.stranger, [hat(role, agency)]);
    const context = findingContext(scene, acting);
    const { actor, facts } = findingDecider.decide(findingCommand(act, scene), state, context);
    for (const fact of facts) {
      const place = { stream: `finding-${finding}`, revision };
      const event = recordedEvent<FindingFact>({ ...fact, metadata: { actor } }, place);
      state = findingDecider.evolve(state, event);
    }
  });
  return state;
}

const text = 'Chưa rõ nguồn số liệu.';

export function findingCommand(act: FindingAct, { setting }: FigureScene): FindingCommand {
  switch (act) {
    case 'raise a question':
    case 'raise an order':
      return {
        type: 'raise',
        kind: act === 'raise an order' ? 'order' : 'question',
        figure: setting.figure,
        version: 1,
        asked: null,
        text,
        evidence: [],
        answerBy: day('2026-12-01'),
        document,
      };
    case 'answer':
      return { type: 'answer', text, evidence: [], paper: null };
    case 'overrule':
      return { type: 'overrule', reason: text, document };
    case 'close':
      return { type: 'close', outcome: 'settled', reason: text };
  }
}
