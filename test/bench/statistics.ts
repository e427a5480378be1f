/** What is said of several measurements of one thing: the middle one, and how far apart they lay. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: percentile(sorted, 50), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** The smallest of the sorted values that at least `percent` of them do not exceed (nearest rank). */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? NaN;
}

/** `1,234 (1,200–1,300)`; below ten one digit behind the point is kept. */
export function spreadText({ median, min, max }: Spread): string {
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

export function numberText(value: number): string {
  const maximumFractionDigits = Math.abs(value) < 10 ? 1 : 0;
  return new Intl.NumberFormat('en', { maximumFractionDigits }).format(value);
}

/** Seconds on the clock that never steps back, for differences only. */
export function seconds(): number {
  return performance.now() / 1_000;
}

export type Measured = { readonly what: string; readonly unit: string; readonly spread: Spread };

/** One line for each thing measured, in columns. */
export function printMeasured(rows: readonly Measured[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, unit, spread } of rows) {
    process.stdout.write(`  ${what.padEnd(width)}  ${spreadText(spread)} ${unit}\n`);
  }
}
