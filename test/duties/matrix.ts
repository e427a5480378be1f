import { Refusal } from '#kernel';
import type { Decider, Fact } from '#kernel';

/** What came of one cell: the type of the event, or the code of the refusal. */
export function outcomeOf<C, S, F extends Fact, X>(
  decider: Decider<C, S, F, X>,
  command: C,
  state: S,
  context: X,
): string {
  try {
    const { facts } = decider.decide(command, state, context);
    return facts.map(({ type }) => type).join(' ');
  } catch (error) {
    // Anything else is a fault of the decider, and fails the matrix as itself.
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** How often each act ended how, and every cell that ended otherwise than the table says. */
export class Tally {
  readonly faults: string[] = [];
  readonly byAct = new Map<string, Map<string, number>>();
  /** Who was allowed each act, as long as the list stays readable. */
  readonly allowed = new Map<string, Set<string>>();
  cells = 0;

  /** Notes one cell; `describe` is only asked for one that went wrong. */
  note(act: string, expected: string, found: string, wearer: string, describe: () => string): void {
    this.cells += 1;
    const outcomes = this.byAct.get(act) ?? new Map<string, number>();
    this.byAct.set(act, outcomes.set(found, (outcomes.get(found) ?? 0) + 1));
    if (isEvent(found)) {
      this.allowed.set(act, (this.allowed.get(act) ?? new Set<string>()).add(wearer));
    }
    if (found === expected) return;
    const fault = `${act}: expected ${expected}, found ${found}`;
    const alike = this.faults.filter((one) => one.startsWith(fault)).length;
    // A wrong rule is wrong in thousands of cells: three of them say it as well.
    if (alike < 3) this.faults.push(`${fault}: ${describe()}`);
  }

  /** Cells by what came of them, over all acts. */
  get byOutcome(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const outcomes of this.byAct.values()) {
      for (const [outcome, count] of outcomes) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
    }
    return sums;
  }

  get allowedCount(): number {
    return [...this.byOutcome].reduce((sum, [out, count]) => sum + (isEvent(out) ? count : 0), 0);
  }
}

/** Events are versioned, refusals have a context before a stroke. */
export function isEvent(outcome: string): boolean {
  return outcome.endsWith('.v1');
}
