/**
 * Requests read in one pass. The members of a class are remembered as their decorators are run
 * (`fields.ts`), so that a request that is right needs no library to say so: class-validator looks
 * its rules up anew for each object, which cost more than deciding the act. A request that is not
 * accepted here is not refused here either. `RequestPipe` then asks the library, whose word counts,
 * and which tells each fault at its place.
 */
export type Constructor = new () => object;

export type Member = {
  readonly mayBeAbsent: boolean;
  readonly mayBeNull: boolean;
  /** The value as it is handed on, or undefined where it is not accepted. */
  readonly read: (value: unknown) => unknown;
};

const membersOf = new Map<object, Map<string, Member>>();
const forms = new Map<Constructor, ReadonlyMap<string, Member>>();

/** Called by the decorator of a member, with the prototype of the class that declares it. */
export function rememberMember(prototype: object, name: string, member: Member): void {
  const members = membersOf.get(prototype) ?? new Map<string, Member>();
  membersOf.set(prototype, members.set(name, member));
}

/**
 * The request as plain values, members that were not said at their start value; undefined when it
 * is not certainly right, and for a class without remembered members.
 */
export function acceptedBy(type: Constructor, value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const form = formOf(type);
  if (form.size === 0) return undefined;
  const said = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(said)) if (!form.has(name)) return undefined;

  const accepted: Record<string, unknown> = { ...new type() };
  for (const [name, { mayBeAbsent, mayBeNull, read }] of form) {
    const one = said[name];
    if (one === undefined && mayBeAbsent) continue;
    const handedOn = one === null && mayBeNull ? null : read(one);
    if (handedOn === undefined) return undefined;
    accepted[name] = handedOn;
  }
  return accepted;
}

/** Each item read, or undefined when one of them is not accepted. */
export function eachRead(
  items: readonly unknown[],
  read: (item: unknown) => unknown,
): unknown[] | undefined {
  const accepted: unknown[] = [];
  for (const item of items) {
    const one = read(item);
    if (one === undefined) return undefined;
    accepted.push(one);
  }
  return accepted;
}

/** The members of a class and of those that it extends. */
function formOf(type: Constructor): ReadonlyMap<string, Member> {
  const known = forms.get(type);
  if (known !== undefined) return known;
  const form = new Map<string, Member>();
  let prototype: object | null = type.prototype as object;
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    for (const [name, member] of membersOf.get(prototype) ?? []) {
      if (!form.has(name)) form.set(name, member);
    }
  }
  forms.set(type, form);
  return form;
}
