import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import type { Day } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import type { PersonCommand } from './directory.commands.ts';
import { confirmingRoles } from './grant-rules.ts';
import {
  as,
  bare,
  byScience,
  committee,
  document,
  enrolled,
  finance,
  granted,
  granter,
  granting,
  grantOf,
  headId,
  id,
  other,
  registrar,
  science,
  subject,
  today,
} from './grants.contract.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import { capacitiesOf } from './standing.ts';
import type { Person } from './standing.ts';

describe('delegating', () => {
  const data = {
    delegation: id(7),
    form: 'KT',
    head: headId,
    agency: finance,
    from: day('2026-02-01'),
    to: day('2026-12-31'),
    document,
  } as const;
  const delegate = { type: 'delegate', ...data } as Extract<PersonCommand, { type: 'delegate' }>;
  const recorded: Told<PersonFact> = {
    type: 'delegation.recorded.v1',
    data,
    metadata: { actor: byScience },
  };
  const byHead: Told<PersonFact> = {
    ...recorded,
    metadata: {
      actor: { person: headId, agency: finance, unit: finance, role: 'head', actingFor: null },
    },
  };
  const deputy = granted(grantOf('deputy'));

  function headFrom(from: string, to: string | null = null): Person {
    const grant = grantOf('head', { from: day(from), to: to === null ? null : day(to) });
    const { state } = given(personDecider, [
      { ...enrolled, data: { ...enrolled.data, person: headId } } as PersonFact,
      granted(grant),
      { type: 'role.confirmed.v1', data: { grant: id(1) } },
    ]);
    if (state === null) throw new Error('nobody');
    return state;
  }
  const byRegistrar = { ...registrar, head: headFrom('2026-03-01') };

  test('is recorded by a registrar or by that head', () => {
    granting(delegate, byRegistrar, deputy).then([bare(recorded)]);
    const head = byRegistrar.head;
    granting(delegate, as(headId, [{ role: 'head', at: finance }], { head }), deputy).then([
      bare(recorded),
    ]);
    granting(delegate, as(other, [{ role: 'head', at: finance }], { head }), deputy).refuses(
      'delegation/not-recorder',
    );
    granting(delegate, as(headId, [{ role: 'head' }], { head }), deputy).refuses(
      'delegation/not-recorder',
    );
  });

  test('is never to oneself', () => {
    granting(
      delegate,
      as(subject, [{ role: 'registrar' }], { head: byRegistrar.head }),
      deputy,
    ).refuses('delegation/to-oneself');
    granting({ ...delegate, head: subject }, byRegistrar, deputy).refuses('delegation/to-oneself');
  });

  test('comes from whoever heads the agency today, or on its first day if later', () => {
    granting(delegate, registrar, deputy).refuses('delegation/not-head', { on: today });
    granting(delegate, { ...registrar, head: headFrom('2026-03-03') }, deputy).refuses(
      'delegation/not-head',
    );
    const later = { ...delegate, from: day('2026-05-01') };
    granting(later, { ...registrar, head: headFrom('2026-03-01', '2026-04-30') }, deputy).refuses(
      'delegation/not-head',
      { on: '2026-05-01' },
    );
    granting({ ...delegate, agency: science }, byRegistrar, deputy).refuses('delegation/not-head');
  });

  test('needs a grant that carries the form, for some of the days', () => {
    const officer = granted(grantOf('officer'));
    granting(delegate, byRegistrar, officer).refuses('delegation/no-grant', { form: 'KT' });
    for (const form of ['TL', 'TUQ'] as const) {
      for (const held of [officer, deputy]) {
        granting({ ...delegate, form }, byRegistrar, held).then([
          { type: 'delegation.recorded.v1', data: { ...data, form } },
        ]);
      }
      granting({ ...delegate, form }, byRegistrar, granted(grantOf('checker'))).refuses(
        'delegation/no-grant',
      );
    }
    granting({ ...delegate, to: day('2026-02-28') }, byRegistrar, deputy).refuses(
      'delegation/no-grant',
    );
    const elsewhere = granted(grantOf('deputy', { agency: science, unit: science }));
    granting(delegate, byRegistrar, elsewhere).refuses('delegation/no-grant');
  });

  test('is recorded once, on a numbered document', () => {
    granting({ ...delegate, delegation: id(8) }, byRegistrar, deputy, recorded).refuses(
      'delegation/already-recorded',
      { delegation: id(7), same: true },
    );
    granting({ ...delegate, to: null }, byRegistrar, deputy, recorded).refuses(
      'delegation/already-recorded',
      { same: false },
    );
    granting({ ...delegate, document: { ...document, number: null } }, byRegistrar, deputy).refuses(
      'directory/document',
      { pointer: '/document/number' },
    );
    granting({ ...delegate, form: 'TM' as 'TL' }, byRegistrar, deputy).refuses('directory/choice', {
      pointer: '/form',
    });
    expect(given(personDecider, [enrolled, recorded]).state?.delegations).toEqual([
      {
        ...data,
        recordedBy: granter,
        recorderAgency: science,
        needsConfirmation: true,
        confirmedBy: null,
        ended: null,
      },
    ]);
  });

  test('rests on a deposited file where it is not the head who records it', () => {
    const unfiled = { ...delegate, document: { ...document, digest: null } };
    granting(unfiled, byRegistrar, deputy).refuses('delegation/no-document', {
      pointer: '/document/digest',
    });
    const missingFile = document.digest;
    granting(delegate, { ...byRegistrar, missingFile }, deputy).refuses(
      'delegation/document-not-deposited',
    );
    const own = as(headId, [{ role: 'head', at: finance }], { head: byRegistrar.head });
    granting(unfiled, own, deputy).then([
      { type: 'delegation.recorded.v1', data: { ...data, document: unfiled.document } },
    ]);
  });

  describe('confirmed', () => {
    const confirm: PersonCommand = { type: 'confirm-delegation', delegation: id(7) };
    const agreed: PersonFact = { type: 'delegation.confirmed.v1', data: { delegation: id(7) } };

    test('by the head in whose name it was recorded', () => {
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, recorded)
        .then([agreed])
        .thenActor({
          person: headId,
          agency: finance,
          unit: finance,
          role: 'head',
          actingFor: null,
        });
      // Also where the registrar belongs to the head's own agency.
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, {
        ...recorded,
        metadata: { actor: { ...byScience, agency: finance, unit: finance } },
      }).then([agreed]);
      // Who was head and is not any more agrees to nothing.
      granting(confirm, as(headId, [{ role: 'officer', at: finance }]), deputy, recorded).refuses(
        'delegation/not-confirmer',
      );
    });

    test.each(confirmingRoles)('by a %s of another agency than the recorder’s', (role) => {
      granting(confirm, as(other, [{ role, at: committee }]), deputy, recorded).then([agreed]);
      granting(confirm, as(other, [{ role, at: science }]), deputy, recorded).refuses(
        'delegation/confirmer-same-agency',
        { agency: science },
      );
    });

    test('by nobody else, nor by who recorded it or would sign by it', () => {
      for (const role of ['officer', 'deputy', 'checker', 'auditor', 'recipient'] as const) {
        granting(confirm, as(other, [{ role, at: committee }]), deputy, recorded).refuses(
          'delegation/not-confirmer',
        );
      }
      for (const person of [granter, subject]) {
        const acting = as(person, [{ role: 'head', at: committee }]);
        granting(confirm, acting, deputy, recorded).refuses('delegation/own-confirmation');
      }
    });

    test('on its paper: by the head alone where no file was recorded', () => {
      const unfiled = {
        ...recorded,
        data: { ...data, document: { ...document, digest: null } },
      } as Told<PersonFact>;
      granting(confirm, as(other, [{ role: 'registrar', at: committee }]), deputy, unfiled).refuses(
        'delegation/unfiled',
      );
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, unfiled).then([
        agreed,
      ]);
    });

    test('once, where it is needed, while it is not over', () => {
      const confirmer = as(other, [{ role: 'registrar', at: committee }]);
      granting(confirm, confirmer, deputy).refuses('delegation/unknown');
      granting(confirm, confirmer, deputy, recorded, agreed).refuses(
        'delegation/already-confirmed',
      );
      granting(confirm, confirmer, deputy, byHead).refuses('delegation/needs-no-confirmation');
      const ended = { delegation: id(7), from: today, reason: 'Không đúng.' };
      granting(confirm, confirmer, deputy, recorded, {
        type: 'delegation.ended.v1',
        data: ended,
      }).refuses('delegation/already-ended');
      const over = { ...recorded, data: { ...data, to: day('2026-03-01') } } as PersonFact;
      granting(confirm, confirmer, deputy, over).refuses('delegation/over');
    });
  });

  describe('ended before its last day', () => {
    const end: PersonCommand = {
      type: 'end-delegation',
      delegation: id(7),
      reason: 'Thủ trưởng đã về.',
    };
    const ended: PersonFact = {
      type: 'delegation.ended.v1',
      data: { delegation: id(7), from: today, reason: 'Thủ trưởng đã về.' },
    };

    test('by the head who gave it or by a registrar, from the day of the act', () => {
      granting(end, registrar, deputy, recorded).then([ended]);
      granting(end, as(headId, [{ role: 'head', at: finance }]), deputy, recorded)
        .then([ended])
        .thenActor({
          person: headId,
          agency: finance,
          unit: finance,
          role: 'head',
          actingFor: null,
        });
      const others = [
        as(other, [{ role: 'head', at: finance }]),
        as(headId, [{ role: 'head' }]),
        as(subject, [{ role: 'deputy', at: finance }]),
      ];
      for (const one of others) {
        granting(end, one, deputy, recorded).refuses('delegation/not-ender');
      }
    });

    test('once, with a reason, and not after its last day', () => {
      granting(end, registrar, deputy).refuses('delegation/unknown');
      granting(end, registrar, deputy, recorded, ended).refuses('delegation/already-ended', {
        from: today,
      });
      granting({ ...end, reason: ' ' }, registrar, deputy, recorded).refuses('directory/text', {
        pointer: '/reason',
      });
      const over = { ...recorded, data: { ...data, to: day('2026-03-01') } } as PersonFact;
      granting(end, registrar, deputy, over).refuses('delegation/over');
    });

    test('counts no more on that day, and may be given again', () => {
      const confirmed: PersonFact = { type: 'role.confirmed.v1', data: { grant: id(1) } };
      const signing = (on: Day, ...more: PersonFact[]) => {
        const { state } = given(personDecider, [enrolled, deputy, confirmed, byHead, ...more]);
        return capacitiesOf(state as Person, on).map(({ delegation }) => delegation?.id ?? null);
      };
      expect(signing(today)).toEqual([id(7)]);
      expect(signing(today, ended)).toEqual([null]);
      expect(signing(day('2026-03-01'), ended)).toEqual([id(7)]);
      const again = { ...delegate, delegation: id(8) };
      granting(again, byRegistrar, deputy, recorded, ended).then([
        { type: 'delegation.recorded.v1', data: { ...data, delegation: id(8) } },
      ]);
    });
  });
});
