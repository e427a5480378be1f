import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Backlog } from '../apps/server/src/metrics/backlog.ts';
import { readExposition } from '../apps/server/src/metrics/exposition.contract.ts';
import { observe } from '../apps/server/src/metrics/gauges.ts';
import { Metrics } from '../apps/server/src/metrics/metrics.ts';
import { securityEvents } from '../apps/server/src/security/security-log.ts';

/** Alerts that name what there is, and a page that explains all of it. */
const root = join(import.meta.dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const { load } = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'))(
  'js-yaml',
) as { load: (yaml: string) => unknown };

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
};
const { groups } = load(text('infra/prometheus-rules.yaml')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const page = text('docs/operating/metrics-and-logs.md');

async function ownNames(): Promise<string[]> {
  const metrics = new Metrics({ version: 'spec' });
  observe(metrics, {
    projector: () => ({
      state: 'running',
      position: null,
      leafIndex: null,
      caughtUp: true,
      lastError: null,
    }),
    backlog: new Backlog(() => null),
    log: () => ({
      state: 'running',
      headSize: 0,
      publishedSize: 0,
      lagEntries: 0,
      lagSeconds: 0,
      checkpointAgeSeconds: 0,
      quorum: 'met',
      witnesses: [{ name: 'spec', state: 'unasked', treeSize: null, reason: null }],
    }),
    appends: { appendsInFlight: 0, appendsWaiting: 0 },
    report: async () => ({ ready: true, parts: [] }),
    securityLog: { isWritable: true },
  });
  return [...readExposition(await metrics.registry.metrics()).keys()];
}

describe('the alerts', () => {
  test.each(rules.map((rule): [string, Rule] => [rule.alert, rule]))(
    '%s is about metrics that there are, and says what to do',
    async (_, { expr, for: duration, labels, annotations }) => {
      const names = await ownNames();
      const used = [...expr.matchAll(/\bledger_[a-z_]+/g)].map(([name]) => name);
      expect(used.length).toBeGreaterThan(0);
      expect(used.filter((name) => !names.includes(name))).toStrictEqual([]);
      expect(duration).toMatch(/^\d+[smh]$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^[A-Z].*\.$/);
      expect(annotations.action).toMatch(/^[A-Z].*[.]$/);
      // Brackets and quotes close, as far as that can be said without Prometheus's own parser.
      for (const [open, close] of ['()', '{}', '[]']) {
        expect(expr.split(open ?? '').length).toBe(expr.split(close ?? '').length);
      }
      expect(expr.split('"').length % 2).toBe(1);
    },
  );

  test('ask for security events that there are', () => {
    const events = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/event="([^"]+)"/g)].map(([, event]) => event),
    );
    const known: readonly (string | undefined)[] = securityEvents;
    expect(events.length).toBeGreaterThan(0);
    expect(events.filter((event) => !known.includes(event))).toStrictEqual([]);
  });

  test('have names of their own', () => {
    expect(rules.length).toBeGreaterThanOrEqual(3);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('the page for operators', () => {
  test('explains every metric, every security event and every alert, and no other', async () => {
    const names = await ownNames();
    const explained = [...page.matchAll(/`(ledger_[a-z_]+)`/g)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !explained.includes(name))).toStrictEqual([]);
    expect(explained.filter((name) => !names.includes(name))).toStrictEqual([]);
    expect(securityEvents.filter((event) => !page.includes(`\`${event}\``))).toStrictEqual([]);
    expect(rules.filter(({ alert }) => !page.includes(`\`${alert}\``))).toStrictEqual([]);
  });
});
