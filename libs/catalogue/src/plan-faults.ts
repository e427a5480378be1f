export type PlanFileName = 'agencies.json' | 'framework.json' | 'round.json' | 'cross-checks.json';

/** One thing wrong with a plan: where, and what was expected. */
export type PlanFault = {
  /** `plan/...`, or the code of the refusal that the ledger itself would give. */
  readonly code: string;
  /** A file of this folder, or of one beside it that is shared; the folder where there is none. */
  readonly file: string;
  /** Number of the row in its list, from 1, and what it is called there. */
  readonly row: number | null;
  readonly rowName: string | null;
  /** Members and indices joined by `/`; null when it is the row or file as a whole. */
  readonly field: string | null;
  readonly message: string;
};

/** A plan that was not loaded. `faults` holds every one found, never none. */
export class PlanRejected extends Error {
  readonly faults: readonly PlanFault[];

  constructor(faults: readonly PlanFault[]) {
    super(faults.map(planFaultText).join('\n'));
    this.name = 'PlanRejected';
    this.faults = faults;
  }

  /** Code of the first fault. */
  get code(): string {
    return this.faults[0]?.code ?? 'plan/rejected';
  }
}

/** `framework.json row 12 (II.5), field components/0/type: expected ...` */
export function planFaultText({ file, row, rowName, field, message }: PlanFault): string {
  const where = row === null ? '' : ` row ${row}${rowName === null ? '' : ` (${rowName})`}`;
  return `${file}${where}${field === null ? '' : `, field ${field}`}: ${message}`;
}
