/**
 * A strict reader of the Prometheus text format 0.0.4, for specs: what it takes, Prometheus takes.
 * It also holds the text to what promtool would complain of: help and type before samples, each
 * series once, units and endings by convention, histograms whose buckets grow up to their count.
 */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
};

const nameForm = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const helpLine = new RegExp(`^# HELP (${nameForm}) (\\S.*)$`);
const typeLine = new RegExp(`^# TYPE (${nameForm}) (counter|gauge|histogram|summary|untyped)$`);
const sampleLine = new RegExp(`^(${nameForm})(?:\\{(.*)\\})? (\\S+)$`);
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/** Every family by its name. Throws with the offending line. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family & { samples: Sample[] }>();
  let present: { name: string; help: string; type: string; samples: Sample[] } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string) => new Error(`${why}: ${line}`);
    if (line === '') continue;
    const help = helpLine.exec(line);
    if (help !== null) {
      const [, name = '', words = ''] = help;
      if (families.has(name)) throw fail('a family twice');
      present = { name, help: words, type: '', samples: [] };
      families.set(name, present);
      continue;
    }
    const type = typeLine.exec(line);
    if (type !== null) {
      if (present?.name !== type[1] || present?.type !== '') throw fail('a type without its help');
      present.type = type[2] ?? '';
      continue;
    }
    const sample = readSample(line);
    if (sample === undefined) throw fail('not a sample');
    if (present === undefined || present.type === '') throw fail('a sample before its type');
    if (!belongs(sample.name, present)) throw fail('a sample of another family');
    present.samples.push(sample);
  }
  for (const family of families.values()) check(family);
  return families;
}

/** The value of the one series with these labels; undefined where there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  sample: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(sample) ?? families.get(sample.replace(/_(?:bucket|sum|count)$/, ''));
  return family?.samples.find((one) => one.name === sample && sameLabels(one.labels, labels))
    ?.value;
}

function sameLabels(one: Readonly<Record<string, string>>, other: typeof one): boolean {
  return keyOf({ name: '', labels: one }) === keyOf({ name: '', labels: other });
}

function readSample(line: string): Sample | undefined {
  const found = sampleLine.exec(line);
  if (found === null) return undefined;
  const [, name = '', inside = '', digits = ''] = found;
  const labels: Record<string, string> = {};
  for (let rest = inside; rest !== '';) {
    const pair = labelPair.exec(rest);
    const [whole = '', label = '', text = ''] = pair ?? [];
    if (pair === null || label in labels) return undefined;
    labels[label] = text.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1');
    rest = rest.slice(whole.length);
  }
  // Prometheus reads it however it is spelt, and prom-client spells it "Nan".
  if (/^nan$/i.test(digits)) return { name, labels, value: NaN };
  const special: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity };
  const value = special[digits] ?? Number(digits);
  return Number.isNaN(value) ? undefined : { name, labels, value };
}

function belongs(sample: string, { name, type }: { name: string; type: string }): boolean {
  if (type === 'histogram') return new RegExp(`^${name}_(?:bucket|sum|count)$`).test(sample);
  if (type === 'summary') return new RegExp(`^${name}(?:_sum|_count)?$`).test(sample);
  return sample === name;
}

function check({ name, type, samples }: Family): void {
  const keys = samples.map(keyOf);
  if (new Set(keys).size !== keys.length) throw new Error(`a series twice: ${name}`);
  if (type === 'histogram') checkHistogram(name, samples);
  // prom-client's own gauges are older than the conventions: nodejs_active_resources_total is none.
  if (/^(?:nodejs|process)_/.test(name)) return;
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`no _total: ${name}`);
  if (type !== 'counter' && name.endsWith('_total')) throw new Error(`_total, no counter: ${name}`);
  if (/_(?:ms|milliseconds|kib|mib)(?:_|$)/.test(name)) throw new Error(`not a base unit: ${name}`);
  if (type === 'counter' && samples.some(({ value }) => value < 0)) {
    throw new Error(`a counter below nought: ${name}`);
  }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const of = (ending: string) => samples.filter((one) => one.name === `${name}_${ending}`);
  const without = ({ labels: { le: _, ...rest } }: Sample) => keyOf({ name: '', labels: rest });
  for (const count of of('count')) {
    const buckets = of('bucket').filter((one) => without(one) === without(count));
    const bounds = buckets.map(({ labels }) =>
      labels['le'] === '+Inf' ? Infinity : Number(labels['le']),
    );
    const isGrowing = (values: readonly number[], strictly: boolean) =>
      values.every((value, index) => {
        const before = values[index - 1] ?? -Infinity;
        return strictly ? value > before : value >= before;
      });
    const values = buckets.map(({ value }) => value);
    const isRight =
      isGrowing(bounds, true) &&
      isGrowing(values, false) &&
      bounds.at(-1) === Infinity &&
      values.at(-1) === count.value;
    if (!isRight) throw new Error(`buckets that do not add up: ${name}`);
  }
}

function keyOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join()}}`;
}
