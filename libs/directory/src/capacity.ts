import type { Actor, AgencyId, Day, PersonId, Role, UnitId } from '#kernel';

/**
 * One hat a person wears on a day: a grant in force, with the delegation it is used under where a
 * deputy signs for a head. Rules choose among a person's capacities; they never see today's roles
 * of anybody else.
 */
export type Capacity = {
  readonly grant: string;
  readonly role: Role;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  readonly from: Day;
  readonly to: Day | null;
  /** KT./TL./TUQ.: set where the person signs in a head's place. */
  readonly delegation: {
    readonly id: string;
    readonly form: 'KT' | 'TL' | 'TUQ';
    readonly head: PersonId;
  } | null;
};

/** The person who sends a command, as the directory knew them at command time. */
export type ActingPerson = {
  readonly person: PersonId;
  readonly agency: AgencyId;
  readonly capacities: readonly Capacity[];
  /**
   * The agency that the request says the person acts for. Where several would do, a rule takes this
   * one and never guesses; absent or null where the request leaves it open.
   */
  readonly forAgency?: AgencyId | null;
};

/** The actor that a capacity makes of its person, as it goes into metadata. */
export function actorOf(person: PersonId, capacity: Capacity): Actor {
  return {
    person,
    agency: capacity.agency,
    unit: capacity.unit,
    role: capacity.role,
    actingFor: capacity.delegation?.head ?? null,
  };
}

/**
 * The capacity in which a person does what `roles` may do: the first role of the list that the
 * person holds in a way that `accepts` agrees with. Undefined when there is none.
 */
export function capacityAs(
  acting: ActingPerson,
  roles: readonly Role[],
  accepts: (capacity: Capacity) => boolean = () => true,
): Capacity | undefined {
  for (const role of roles) {
    const capacity = acting.capacities.find((one) => one.role === role && accepts(one));
    if (capacity !== undefined) return capacity;
  }
  return undefined;
}
