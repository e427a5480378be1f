import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { day } from '#kernel';
import { given } from '#testing';
import {
  acting,
  committeeLetter,
  frozen,
  made,
  opened,
  registeredAgencies,
  today,
} from './catalogue.contract.ts';
import { expandParties } from './party-class.ts';
import type { Party, RoundFact } from './round.events.ts';
import { frozenBy, leadsOf, participantsOf } from './round-queries.ts';
import type { Round } from './round-state.ts';
import { roundDecider } from './round.ts';

const context = {
  acting: acting('registrar'),
  today,
  framework: null,
  agencies: registeredAgencies,
};
const all = ['son_la.so_khcn', 'son_la.so_tc', 'son_la.so_tp'];
const freeze = (members: readonly string[], reason: string | null = null) =>
  ({
    type: 'freeze-participants',
    indicator: 'I.4',
    choices: [{ class: 'g_so_nganh', members, reason }],
  }) as const;
const freezing = given(roundDecider, [opened, made()]);

function stateAfter(...facts: readonly RoundFact[]): Round {
  return given(roundDecider, [opened, made(), ...facts]).state as Round;
}

describe('freezing who takes part', () => {
  test('lists the class, less the lead, in order', () => {
    freezing.when(freeze([...all].reverse()), context).then([
      {
        type: 'participants.frozen.v1',
        data: {
          indicator: 'I.4',
          participants: ['son_la.so_khcn', 'son_la.so_tp'],
          expansions: [{ class: 'g_so_nganh', members: all, choiceReason: null }],
        },
      },
    ]);
  });

  test('wants a reason for whoever does not belong to the class', () => {
    for (const stray of ['son_la.ubnd_tinh', 'bac_ninh.so_tp']) {
      freezing.when(freeze([...all, stray]), context).refuses('participants/reason-missing', {
        agencies: [stray],
        pointer: '/choices/0/reason',
      });
      const reason = 'Theo văn bản mời';
      freezing.when(freeze([stray], reason), context).then([
        {
          type: 'participants.frozen.v1',
          data: {
            indicator: 'I.4',
            participants: [stray],
            expansions: [{ class: 'g_so_nganh', members: [stray], choiceReason: reason }],
          },
        },
      ]);
    }
  });

  test('always wants a reason for "liên quan", for nobody as well', () => {
    const coordinating = [{ raw: 'liên quan', agency: null, class: 'g_cq_lq' }];
    const related = given(roundDecider, [opened, made({ coordinating })]);
    const choose = (reason: string | null) => {
      const choices = [{ class: 'g_cq_lq', members: [], reason }];
      return { type: 'freeze-participants', indicator: 'I.4', choices } as const;
    };
    related
      .when(choose(null), context)
      .refuses('participants/reason-missing', { class: 'g_cq_lq' });
    related.when(choose(' '), context).refuses('catalogue/text', { pointer: '/choices/0/reason' });
    related.when(choose('Không có'), context).then([
      {
        type: 'participants.frozen.v1',
        data: {
          indicator: 'I.4',
          participants: [],
          expansions: [{ class: 'g_cq_lq', members: [], choiceReason: 'Không có' }],
        },
      },
    ]);
  });

  test('takes each class of the assignment and no other, and agencies that exist', () => {
    const none = { ...freeze([]), choices: [] };
    freezing
      .when(none, context)
      .refuses('participants/class-not-listed', { classes: ['g_so_nganh'] });
    const stray = { ...freeze([]), choices: [{ class: 'g_dn', members: [], reason: 'x' }] };
    freezing.when(stray, context).refuses('participants/class-not-assigned');
    freezing.when(freeze(['son_la.so_yt']), context).refuses('catalogue/agency-unknown');
    freezing.when(freeze(['son_la.so_tttt']), context).refuses('catalogue/agency-gone');
    const twice = freeze(['son_la.so_tp', 'son_la.so_tp']);
    freezing.when(twice, context).refuses('catalogue/twice', { pointer: '/choices/0/members/1' });
  });

  test('waits for the successor of a party that is gone', () => {
    const coordinating = [{ raw: 'Sở TT&TT', agency: 'son_la.so_tttt', class: null }];
    const freezeNone = { type: 'freeze-participants', indicator: 'I.4', choices: [] } as const;
    given(roundDecider, [opened, made({ coordinating })])
      .when(freezeNone, context)
      .refuses('catalogue/agency-gone', { agency: 'son_la.so_tttt' });
    const passed: RoundFact = {
      type: 'assignment.passed-to-successor.v1',
      data: {
        indicator: 'I.4',
        from: 'son_la.so_tttt',
        to: 'son_la.so_khcn',
        on: day('2025-07-01'),
        document: committeeLetter,
      },
    };
    given(roundDecider, [opened, made({ coordinating }), passed])
      .when(freezeNone, context)
      .then([
        {
          type: 'participants.frozen.v1',
          data: { indicator: 'I.4', participants: ['son_la.so_khcn'], expansions: [] },
        },
      ]);
  });

  test('happens once', () => {
    const done = given(roundDecider, [opened, made(), frozen(all)]);
    done.when(freeze(all), context).refuses('participants/frozen', { same: true });
    done.when(freeze(['son_la.so_tp']), context).refuses('participants/frozen', { same: false });
  });
});

describe('participants afterwards', () => {
  const amend = (added: readonly string[], removed: readonly string[]) =>
    ({
      type: 'amend-participants',
      indicator: 'I.4',
      added,
      removed,
      reason: 'Bổ sung',
      document: null,
    }) as const;
  const done = given(roundDecider, [opened, made(), frozen(['son_la.so_tp'])]);

  test('are added and removed with a reason', () => {
    const command = amend(['son_la.so_khcn'], ['son_la.so_tp']);
    const { type: _, ...data } = command;
    done.when(command, context).then([{ type: 'participants.amended.v1', data }]);
    const round = stateAfter(frozen(['son_la.so_tp']), { type: 'participants.amended.v1', data });
    expect(participantsOf(round, 'I.4')).toStrictEqual(['son_la.so_khcn']);
    expect(frozenBy(round, 'I.4', 'son_la.so_khcn')).toStrictEqual({
      stream: 'spec-1',
      revision: 3,
    });
    expect(frozenBy(round, 'I.4', 'son_la.so_tp')).toBeNull();
  });

  test('are not added twice, nor removed when they are not there', () => {
    done.when(amend(['son_la.so_tp'], []), context).refuses('participants/already-in');
    done.when(amend(['son_la.so_tc'], []), context).refuses('participants/already-in');
    done.when(amend([], ['son_la.so_khcn']), context).refuses('participants/not-in');
    done.when(amend([], []), context).refuses('catalogue/empty');
    freezing.when(amend(['son_la.so_tp'], []), context).refuses('participants/not-frozen');
  });

  test('pass their duty on, and cease to take part when they come to lead', () => {
    const pass = (from: string, to: string): RoundFact => ({
      type: 'assignment.passed-to-successor.v1',
      data: { indicator: 'I.4', from, to, on: day('2026-08-01'), document: committeeLetter },
    });
    const part = stateAfter(frozen(['son_la.so_tp']), pass('son_la.so_tp', 'son_la.so_khcn'));
    expect(participantsOf(part, 'I.4')).toStrictEqual(['son_la.so_khcn']);
    const lead = stateAfter(frozen(['son_la.so_khcn']), pass('son_la.so_tc', 'son_la.so_khcn'));
    expect(leadsOf(lead, 'I.4')).toStrictEqual(['son_la.so_khcn']);
    expect(participantsOf(lead, 'I.4')).toStrictEqual([]);
  });
});

describe('expanding parties', () => {
  const names: readonly string[] = ['p.a', 'p.b', 'p.c', 'p.d', 'p.e', 'p.f'];
  const ids = fc.array(fc.constantFrom(...names), { maxLength: 6 });
  const classes = ['g_one', 'g_two'];
  const party = fc.oneof(
    fc
      .constantFrom('p.a', 'p.b', 'p.g')
      .map((agency): Party => ({ raw: 'x', agency, class: null })),
    fc.constantFrom(...classes).map((name): Party => ({ raw: 'x', agency: null, class: name })),
  );

  test('names each party once, no lead, all others, in one order whatever the input’s', () => {
    fc.assert(
      fc.property(fc.array(party, { maxLength: 6 }), ids, ids, ids, (parties, one, two, leads) => {
        const choices = [
          { class: 'g_one', members: one },
          { class: 'g_two', members: two },
        ];
        const expanded = expandParties(parties, choices, leads);
        const wanted = new Set<string>();
        for (const { agency, class: name } of parties) {
          for (const id of agency === null ? (name === 'g_one' ? one : two) : [agency]) {
            if (!leads.includes(id)) wanted.add(id);
          }
        }
        expect(expanded).toStrictEqual([...wanted].sort());
        const turned = expandParties([...parties].reverse(), [...choices].reverse(), leads);
        expect(turned).toStrictEqual(expanded);
      }),
    );
  });
});
