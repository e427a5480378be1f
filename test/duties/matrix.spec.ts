import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { day, roles } from '#kernel';
import type { Role } from '#kernel';
import { capacitiesOf, headsOn, personDecider, reviewBodyDecider } from '#directory';
import { contributionDecider, figureDecider, findingDecider, presentVersion } from '#figures';
import { figureRules } from './figure-rules.ts';
import type { FigureAct } from './figure-rules.ts';
import { commandOf, figureScenes } from './figure-scenes.ts';
import { findingRules } from './finding-rules.ts';
import type { FindingAct } from './finding-rules.ts';
import { findingCommand, findingContext, findingIn, statuses } from './finding-scenes.ts';
import {
  agreeRow,
  abroad,
  bodyRows,
  codeRows,
  confirmedRoles,
  confirmRow,
  delegateRow,
  elsewhere,
  endRow,
  granting,
  grantRow,
  heldBefore,
  home,
  revokeRow,
} from './grant-rules.ts';
import type {
  AgreeCell,
  BodyCell,
  CodeCell,
  ConfirmCell,
  DelegateCell,
  EndCell,
} from './grant-rules.ts';
import {
  agreeable,
  bodyContext,
  bodyOf,
  coded,
  confirmable,
  delegated,
  deputized,
  endable,
  granted,
  grantId,
  held,
  personContext,
  personWith,
  subject,
} from './grant-scenes.ts';
import type { Deputized } from './grant-scenes.ts';
import { outcomeOf, Tally } from './matrix.ts';
import { pageOf } from './page.ts';
import { partRules } from './part-rules.ts';
import type { PartAct } from './part-rules.ts';
import { commandOf as partCommandOf, partScenes } from './part-scenes.ts';
import { outcomeBy } from './rules.ts';
import { flaws, reviewBodyFor, seats, sessionCommand, sessionRules } from './session-rules.ts';
import type { SessionAct } from './session-rules.ts';
import { hat, nameOfHats, people, wardrobe, wearing } from './stage.ts';
import type { Hat, Who } from './stage.ts';

/**
 * Separation of duties, proven by exhaustion: every role at every place, every past a person can
 * have, every state that the deciders can be brought to, every act. What must come of each cell is
 * read from tables written from DOMAIN's sentences (`…-rules.ts`), never from the deciders.
 */
const root = join(import.meta.dirname, '../..');
const pageFile = join(root, 'docs/duties-matrix.md');
const tallies = {
  figures: new Tally(),
  sessions: new Tally(),
  parts: new Tally(),
  findings: new Tally(),
  grants: new Tally(),
  deputies: new Tally(),
  bodies: new Tally(),
};

/** Refusals are by the hundred thousand here, and nobody reads where they were thrown. */
const { stackTraceLimit } = Error;
Error.stackTraceLimit = 0;
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const scenes = figureScenes();

describe('figures', () => {
  test('each state of the stage is the one its story tells', () => {
    for (const { state, story, setting, life } of scenes) {
      const present = presentVersion(state)?.statement.version ?? state.versions.length;
      const found = [setting.name, life, state.status, state.versions.length, present];
      const { status, versions } = story;
      expect(found).toStrictEqual([setting.name, life, status, versions, story.present]);
    }
  });

  test('every act in every cell', () => {
    const acts = Object.keys(figureRules) as FigureAct[];
    for (const { setting, story, life, state, contextFor } of scenes) {
      const commands = acts.map((act) => [act, commandOf(act, setting, story.present)] as const);
      const hands = story.hands.map(({ who }) => who);
      const pasts = new Set<Who>(['stranger', ...story.ever, ...story.auditors, ...hands]);
      for (const who of pasts) {
        for (const hats of wardrobe) {
          const context = contextFor(wearing(people[who], hats));
          const wearer = nameOfHats(hats);
          for (const [act, command] of commands) {
            const expected = outcomeBy(figureRules[act], { who, hats, setting, story });
            const found = outcomeOf(figureDecider, command, state, context);
            tallies.figures.note(act, expected, found, wearer, () => {
              return `${setting.name}, ${life}: the ${who} as ${wearer}`;
            });
          }
        }
      }
    }
    expect(tallies.figures.faults).toStrictEqual([]);
  });

  test('judgement by a review body, for every seat and every flaw of a session', () => {
    const acts = Object.keys(sessionRules) as SessionAct[];
    for (const { setting, story, life, state, contextFor } of scenes) {
      const version = presentVersion(state);
      if (life !== 'endorsed' || version === undefined) continue;
      const item = { figure: setting.figure, version: story.present, digest: version.digest };
      for (const who of new Set<Who>(['stranger', ...story.hands.map((desk) => desk.who)])) {
        for (const hats of wardrobe) {
          const context = contextFor(wearing(people[who], hats));
          const wearer = nameOfHats(hats);
          for (const seat of seats) {
            for (const flaw of flaws) {
              const cell = { who, hats, seat, flaw, hands: story.hands };
              for (const act of acts) {
                const command = sessionCommand(act, story.present);
                const reviewBody = reviewBodyFor(act, cell, item);
                const seen = { ...context, reviewBody };
                const found = outcomeOf(figureDecider, command, state, seen);
                const expected = outcomeBy(sessionRules[act], cell);
                tallies.sessions.note(act, expected, found, wearer, () => {
                  return `${setting.name}: the ${who} as ${wearer}, seat ${seat}, ${flaw}`;
                });
              }
            }
          }
        }
      }
    }
    expect(tallies.sessions.faults).toStrictEqual([]);
  });
});

describe('parts', () => {
  test('every act in every cell', () => {
    const acts = Object.keys(partRules) as PartAct[];
    for (const { setting, story, life, state, contextFor } of partScenes()) {
      expect([setting.name, life, state.status]).toStrictEqual([setting.name, life, story.status]);
      const { giver } = setting;
      const commands = acts.map((act) => [act, partCommandOf(act, giver, story.version)] as const);
      for (const who of new Set<Who>(['stranger', 'submitter', ...story.hands])) {
        for (const hats of wardrobe) {
          const context = contextFor(wearing(people[who], hats));
          const wearer = nameOfHats(hats);
          for (const [act, command] of commands) {
            // An outsider's part is corrected as an outsider's; the plain acts are for its giver.
            const expected = outcomeBy(partRules[act], { who, hats, setting, story });
            const found = outcomeOf(contributionDecider, command, state, context);
            tallies.parts.note(act, expected, found, wearer, () => {
              return `${setting.name}, ${life}: the ${who} as ${wearer}`;
            });
          }
        }
      }
    }
    expect(tallies.parts.faults).toStrictEqual([]);
  });
});

describe('findings', () => {
  test('every act in every cell', () => {
    const acts = Object.keys(findingRules) as FindingAct[];
    const scene = scenes.find(({ life }) => life === 'verified') as (typeof scenes)[number];
    const { ever } = scene.story;
    for (const status of statuses) {
      const state = findingIn(status, scene);
      expect(state?.status ?? 'none').toBe(status);
      for (const who of new Set<Who>(['stranger', ...ever])) {
        for (const hats of wardrobe) {
          const context = findingContext(scene, wearing(people[who], hats));
          const wearer = nameOfHats(hats);
          for (const act of acts) {
            const expected = outcomeBy(findingRules[act], { who, hats, status, ever });
            const found = outcomeOf(findingDecider, findingCommand(act, scene), state, context);
            tallies.findings.note(act, expected, found, wearer, () => {
              return `${status}: the ${who} as ${wearer}`;
            });
          }
        }
      }
    }
    expect(tallies.findings.faults).toStrictEqual([]);
  });
});

/** One hat of every role in each of the agencies that grants know, and the pairs that tempt. */
const offices: readonly (readonly Hat[])[] = [
  [],
  ...roles.flatMap((role) => [home, abroad, granting].map((agency) => [hat(role, agency)])),
  [hat('registrar', granting), hat('head', home)],
  [hat('head', home), hat('head', abroad)],
  [hat('officer', home), hat('registrar', abroad)],
  [hat('registrar', elsewhere)],
  [hat('registrar', elsewhere), hat('head', home)],
  [hat('registrar', 'trung_uong.bo_khcn')],
];

describe('grants', () => {
  const { grants } = tallies;

  test('who grants which role to whom', () => {
    for (const hats of offices)
      for (const toOneself of [false, true]) {
        const context = personContext(toOneself ? subject : people.stranger, hats);
        for (const role of roles)
          for (const enrolledHere of [true, false])
            for (const appointed of [
              'no document',
              'document without file',
              'filed decision',
            ] as const)
              for (const before of heldBefore) {
                const cell = {
                  who: 'stranger' as const,
                  hats,
                  toOneself,
                  role,
                  enrolledHere,
                  appointed,
                  held: before,
                };
                const { person, command } = granted(cell);
                const found = outcomeOf(personDecider, command, person, context);
                grants.note('grant', outcomeBy(grantRow, cell), found, nameOfHats(hats), () => {
                  return `${role}, ${appointed}, ${before}, to oneself ${toOneself}, ${nameOfHats(hats)}`;
                });
              }
      }
    expect(grants.faults).toStrictEqual([]);
  });

  test('who confirms a role that waits for a second person', () => {
    const whose: readonly ConfirmCell['whose'][] = ['own', 'granted by them', 'of somebody else'];
    const states = ['waiting', 'confirmed', 'needs none', 'over', 'revoked'] as const;
    for (const hats of offices)
      for (const one of whose)
        for (const state of states)
          for (const role of confirmedRoles) {
            const cell: ConfirmCell = { who: 'stranger', hats, whose: one, state, role };
            const { person, acting } = confirmable(cell);
            const command = { type: 'confirm', grant: grantId } as const;
            const found = outcomeOf(personDecider, command, person, personContext(acting, hats));
            grants.note('confirm', outcomeBy(confirmRow, cell), found, nameOfHats(hats), () => {
              return `${role}, ${one}, ${state}, ${nameOfHats(hats)}`;
            });
          }
    expect(grants.faults).toStrictEqual([]);
  });

  test('who takes a role away', () => {
    const taken = roles.filter((role) => role !== 'operator' && role !== 'holder');
    for (const hats of offices)
      for (const role of taken)
        for (const revokedBefore of [true, false]) {
          const from = day('2026-06-01');
          const revoked = revokedBefore ? { from, reason: 'Đã thu hồi.' } : null;
          const person = personWith([held(role, home, { grant: grantId, revoked })]);
          const command = { type: 'revoke', grant: grantId, from, reason: 'Chuyển đi.' } as const;
          const context = personContext(people.stranger, hats);
          const found = outcomeOf(personDecider, command, person, context);
          const expected = outcomeBy(revokeRow, { who: 'stranger', hats, role, revokedBefore });
          grants.note('revoke', expected, found, nameOfHats(hats), () => {
            return `${role}, revoked before ${revokedBefore}, ${nameOfHats(hats)}`;
          });
        }
    expect(grants.faults).toStrictEqual([]);
  });

  test('who lets another sign in a head’s place', () => {
    const carriers: readonly DelegateCell['carrier'][] = ['deputy', 'officer', 'checker'];
    const senders: readonly DelegateCell['sender'][] = ['the head', 'the deputy', 'another'];
    for (const hats of offices)
      for (const carrier of carriers)
        for (const sender of senders)
          for (const form of ['KT', 'TL', 'TUQ'] as const)
            for (const inOffice of [true, false])
              for (const filed of [true, false]) {
                const scene = { carrier, sender, form, inOffice, filed };
                const cell: DelegateCell = { who: 'stranger', hats, ...scene };
                const { person, head, acting, command } = delegated(cell);
                const context = personContext(acting, hats, head);
                const found = outcomeOf(personDecider, command, person, context);
                const expected = outcomeBy(delegateRow, cell);
                grants.note('delegate', expected, found, nameOfHats(hats), () => {
                  const how = `in office ${inOffice}, filed ${filed}`;
                  return `${form} to a ${carrier} by ${sender}, ${how}, ${nameOfHats(hats)}`;
                });
              }
    expect(grants.faults).toStrictEqual([]);
  });
});

describe('codes and delegations', () => {
  const { grants } = tallies;

  const agreeStates = ['waiting', 'unfiled', 'confirmed', 'needs none', 'ended', 'over'] as const;

  test('who agrees to a delegation that was recorded in a head’s name', () => {
    for (const hats of offices)
      for (const sender of ['the head', 'the deputy', 'the recorder', 'another'] as const)
        for (const state of agreeStates) {
          const cell: AgreeCell = { who: 'stranger', hats, sender, state };
          const { person, acting, command } = agreeable(cell);
          const found = outcomeOf(personDecider, command, person, personContext(acting, hats));
          const expected = outcomeBy(agreeRow, cell);
          grants.note('confirm delegation', expected, found, nameOfHats(hats), () => {
            return `${sender}, ${state}, ${nameOfHats(hats)}`;
          });
        }
    expect(grants.faults).toStrictEqual([]);
  });

  test('who ends a delegation', () => {
    for (const hats of offices)
      for (const sender of ['the head', 'the deputy', 'another'] as const)
        for (const state of ['running', 'ended', 'over'] as const) {
          const cell: EndCell = { who: 'stranger', hats, sender, state };
          const { person, acting, command } = endable(cell);
          const found = outcomeOf(personDecider, command, person, personContext(acting, hats));
          grants.note('end delegation', outcomeBy(endRow, cell), found, nameOfHats(hats), () => {
            return `${sender}, ${state}, ${nameOfHats(hats)}`;
          });
        }
    expect(grants.faults).toStrictEqual([]);
  });

  test('who issues a new code, who agrees to it, who cancels it', () => {
    const states = ['awaits', 'usable', 'confirmed', 'used', 'cancelled'] as const;
    for (const hats of offices)
      for (const act of ['issue', 'confirm', 'cancel'] as const)
        for (const whose of ['own', 'asked by them', 'of somebody else'] as const)
          for (const state of states) {
            const cell: CodeCell = { who: 'stranger', hats, act, whose, state };
            const { person, acting, command } = coded(cell);
            const found = outcomeOf(personDecider, command, person, personContext(acting, hats));
            const expected = outcomeBy(codeRows[act], cell);
            grants.note(`${act} a code`, expected, found, nameOfHats(hats), () => {
              return `${whose}, ${state}, ${nameOfHats(hats)}`;
            });
          }
    expect(grants.faults).toStrictEqual([]);
  });
});

describe('deputies', () => {
  const scene = scenes.find(({ life }) => life === 'submitted') as (typeof scenes)[number];
  const acts = ['endorse', 'withdraw', 'return'] as const;
  const days = ['2026-05-31', '2026-06-01', '2026-07-15', '2026-08-31', '2026-09-01'].map(day);
  const [from, to] = [day('2026-06-01'), day('2026-08-31')];
  const recordings = ['by the head', 'for the head', 'for the head, confirmed'] as const;

  test('sign under a recorded delegation, on its days, while the head who gave it is in office', () => {
    const cells = (['deputy', 'officer'] as const).flatMap((role) =>
      (['none', 'KT', 'TL', 'TUQ'] as const).flatMap((form) =>
        [to, null].flatMap((end) =>
          [null, day('2026-07-15'), day('2026-07-16')].flatMap((headLeaves) =>
            recordings.map((recorded): Deputized => {
              return { role, form, from, to: end, headLeaves, recorded };
            }),
          ),
        ),
      ),
    );
    for (const cell of cells)
      for (const on of days)
        for (const act of acts) {
          const { role, form, headLeaves, recorded } = cell;
          const { person, head } = deputized(cell);
          const capacities = capacitiesOf(person, on, ({ agency }) => headsOn(head, agency, on));
          const acting = { person: subject, agency: home, capacities };
          const inTime = on >= from && (cell.to === null || on <= cell.to);
          const inOffice = headLeaves === null || on < headLeaves;
          const agreed = recorded !== 'for the head';
          const mayAct = form !== 'none' && inTime && inOffice && agreed;
          // "KT./TUQ. deputy": TUQ. is also given to the head of a division, TL. answers for
          // nothing, and without a delegation in force no other office signs for an agency.
          const signed = form === 'TL' ? 'duty/by-order-only' : figureRules[act].event;
          const unsigned = role === 'deputy' ? 'duty/no-delegation' : 'duty/role-required';
          const carries = mayAct && (role === 'deputy' || form !== 'KT');
          const expected = carries ? signed : unsigned;
          const command = commandOf(act, scene.setting, 1);
          // The act is of that day; what it sets for later lies after all of them.
          const context = { ...scene.contextFor(acting), today: on };
          const found = outcomeOf(figureDecider, command, scene.state, context);
          tallies.deputies.note(act, expected, found, `${form} ${role}`, () => {
            const until = `until ${cell.to}, head leaves ${headLeaves}`;
            return `${form} ${role} on ${on}, ${until}, recorded ${recorded}`;
          });
        }
    expect(tallies.deputies.faults).toStrictEqual([]);
  });

  test('leave the form of the signature and whose place they took in the event', () => {
    for (const [role, form] of [
      ['deputy', 'KT'],
      ['deputy', 'TUQ'],
      ['officer', 'TUQ'],
    ] as const) {
      const { person, head } = deputized({
        role,
        form,
        from,
        to,
        headLeaves: null,
        recorded: 'by the head',
      });
      const acting = { person: subject, agency: home, capacities: capacitiesOf(person, from) };
      const command = commandOf('endorse', scene.setting, 1);
      const context = scene.contextFor(acting);
      const { actor, facts } = figureDecider.decide(command, scene.state, context);
      expect(actor).toMatchObject({ person: subject, role, actingFor: head.person });
      expect(facts[0]?.data).toMatchObject({ signature: { form, delegation: 'uq-1' } });
    }
  });

  test('nobody signs on a role that was revoked a moment before', () => {
    for (const role of roles satisfies readonly Role[]) {
      const on = day('2026-07-15');
      const revoked = { from: on, reason: 'Thu hồi trong ngày.' };
      const person = personWith([held(role, home, { revoked })]);
      expect([role, capacitiesOf(person, on)]).toStrictEqual([role, []]);
      const dayBefore = capacitiesOf(person, day('2026-07-14'));
      expect([role, dayBefore.map((capacity) => capacity.role)]).toStrictEqual([role, [role]]);
    }
  });
});

describe('review bodies', () => {
  test('who founds one, records its session, dissolves it', () => {
    const acts = Object.keys(bodyRows) as BodyCell['act'][];
    for (const hats of offices)
      for (const act of acts)
        for (const seat of ['none', 'member', 'chair', 'secretary'] as const) {
          const cell: BodyCell = { who: 'stranger', hats, act, seat };
          const { body, command } = bodyOf(cell);
          const found = outcomeOf(reviewBodyDecider, command, body, bodyContext(hats));
          const expected = outcomeBy(bodyRows[act], cell);
          tallies.bodies.note(act, expected, found, nameOfHats(hats), () => {
            return `seat ${seat}, ${nameOfHats(hats)}`;
          });
        }
    expect(tallies.bodies.faults).toStrictEqual([]);
  });
});

describe('the page of documentation', () => {
  test('docs/duties-matrix.md says what was found', () => {
    const sign = ({ says }: { readonly says: string }) => ({ says });
    const page = pageOf([
      { title: 'Figures', tally: tallies.figures, rows: figureRules },
      {
        title: 'Figures, judged by a review body',
        tally: tallies.sessions,
        rows: sessionRules,
      },
      { title: 'Parts', tally: tallies.parts, rows: partRules },
      { title: 'Findings', tally: tallies.findings, rows: findingRules },
      {
        title: 'Grants',
        tally: tallies.grants,
        rows: {
          grant: grantRow,
          confirm: confirmRow,
          revoke: revokeRow,
          delegate: delegateRow,
          'confirm delegation': agreeRow,
          'end delegation': endRow,
          'issue a code': codeRows.issue,
          'confirm a code': codeRows.confirm,
          'cancel a code': codeRows.cancel,
        },
      },
      {
        title: 'Deputies, day by day',
        tally: tallies.deputies,
        rows: {
          endorse: sign(figureRules.endorse),
          withdraw: sign(figureRules.withdraw),
          return: sign(figureRules.return),
        },
      },
      { title: 'Review bodies', tally: tallies.bodies, rows: bodyRows },
    ]);
    if (process.env['LEDGER_TEST_WRITE_DOCS'] === '1') writeFileSync(pageFile, page);
    expect(readFileSync(pageFile, 'utf8')).toBe(page);
  });
});
