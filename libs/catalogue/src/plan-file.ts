import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlanRejected } from './plan-faults.ts';
import type { PlanFault, PlanFileName } from './plan-faults.ts';
import { provenance } from './plan-rows.ts';
import { FieldFault, listOf, oneOf, recordOf } from './plan-shape.ts';
import type { Shape } from './plan-shape.ts';

/** One file of a plan: its head, and lists of rows that are each read on their own. */
export class PlanFile {
  private readonly file: string;
  private readonly content: unknown;
  private readonly faults: PlanFault[];

  /** Rejects with PlanRejected when there is no such file, or no JSON in it. */
  static async open(
    folder: string,
    file: PlanFileName,
    faults: PlanFault[],
    shown: string = file,
  ): Promise<PlanFile> {
    return new PlanFile(shown, await readJson(folder, file, shown), faults);
  }

  /** A file of the folder `other`, named as seen from `folder`: faults name it the same way. */
  static async openBeside(
    folder: string,
    other: string,
    file: PlanFileName,
    faults: PlanFault[],
  ): Promise<PlanFile> {
    return PlanFile.open(join(folder, other), file, faults, `${other}/${file}`);
  }

  private constructor(file: string, content: unknown, faults: PlanFault[]) {
    this.file = file;
    this.content = content;
    this.faults = faults;
  }

  /** Which of its forms the file claims to have; undefined for none. */
  get schema(): unknown {
    return (this.content as { readonly schema?: unknown } | null)?.schema;
  }

  /** The members beside the lists of rows, or undefined when there is a fault among them. */
  head<T extends object>(
    schema: string,
    shapes: { readonly [K in keyof T]: Shape<T[K]> },
    lists: readonly string[],
  ): T | undefined {
    const rows = Object.fromEntries(lists.map((list) => [list, listOf((value) => value)]));
    const all = { schema: oneOf([schema]), provenance, ...shapes, ...rows };
    return this.attempt(null, null, () => recordOf<T>(all as never)(this.content, ''));
  }

  /** Every row of a list; a row with a fault is reported and left out. */
  rows<T>(list: string, shape: Shape<T>, nameMember: string): T[] {
    const values = (this.content as Record<string, unknown[]>)[list] ?? [];
    return values.flatMap((value, index) => {
      const row = this.attempt(index + 1, rowName(value, nameMember), () => shape(value, ''));
      return row === undefined ? [] : [row];
    });
  }

  private attempt<T>(row: number | null, named: string | null, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      const { code, field, message } = error;
      this.faults.push({ code, file: this.file, row, rowName: named, field, message });
      return undefined;
    }
  }
}

function rowName(value: unknown, member: string): string | null {
  const named = (value as Record<string, unknown> | null)?.[member];
  return typeof named === 'string' ? named : null;
}

async function readJson(folder: string, file: PlanFileName, shown: string): Promise<unknown> {
  const fault = (code: string, message: string) =>
    new PlanRejected([{ code, file: shown, row: null, rowName: null, field: null, message }]);
  let content: Buffer;
  try {
    content = await readFile(join(folder, file));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw fault('plan/file-missing', `cannot be read: ${reason}`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as unknown;
  } catch (error) {
    throw fault('plan/not-json', error instanceof Error ? error.message : String(error));
  }
}
