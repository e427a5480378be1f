import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { ProjectorStatus } from '#read-models/node';
import type { Report } from '../health/readiness.ts';
import type { LogFigures } from '../log/log-health.ts';
import type { Backlog } from './backlog.ts';
import { observeLog } from './log-gauges.ts';
import type { Metrics } from './metrics.ts';

/** What is not counted as it happens but asked for when somebody looks. */
export type Observed = {
  readonly projector: () => ProjectorStatus;
  readonly backlog: Backlog;
  readonly log: () => LogFigures;
  readonly appends: { readonly appendsInFlight: number; readonly appendsWaiting: number };
  readonly report: () => Promise<Report>;
  readonly securityLog: { readonly isWritable: boolean };
};

const projectorStates: readonly ProjectorStatus['state'][] = [
  'stopped',
  'starting',
  'standby',
  'running',
  'waiting',
  'failed',
];

/**
 * Registers the gauges that are read off the parts at each scrape. A scrape asks every part whether
 * it is well, as `/health/ready` does, and so may take as long as a part that does not answer.
 */
export function observe(metrics: Metrics, observed: Observed): void {
  observeProjector(metrics, observed);
  observeLog(metrics, observed.log);
  const registers = [metrics.registry];
  const { appends, report, securityLog } = observed;
  new Gauge({
    name: 'ledger_appends_in_flight',
    help: 'Appends to the event store under way, those that wait for their turn included.',
    registers,
    collect() {
      this.set(appends.appendsInFlight);
    },
  });
  new Gauge({
    name: 'ledger_appends_waiting',
    help: 'Appends that wait for their turn before they are sent.',
    registers,
    collect() {
      this.set(appends.appendsWaiting);
    },
  });
  new Gauge({
    name: 'ledger_security_log_writable',
    help: 'Whether the security log took its last line; where it is 0, audited acts are refused.',
    registers,
    collect() {
      this.set(securityLog.isWritable ? 1 : 0);
    },
  });
  const asked = once(report);
  new Gauge({
    name: 'ledger_ready',
    help: 'Whether every part is well: what /health/ready answers.',
    registers,
    async collect() {
      this.set((await asked()).ready ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ledger_part_ready',
    help: 'Whether one part is well.',
    labelNames: ['part'],
    registers,
    async collect() {
      const { parts } = await asked();
      for (const { name, ready } of parts) this.set({ part: name }, ready ? 1 : 0);
    },
  });
}

/** A scrape collects all gauges at once: those that need the report share one. */
function once(report: () => Promise<Report>): () => Promise<Report> {
  let pending: Promise<Report> | undefined;
  return () => {
    pending ??= report().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

function observeProjector(metrics: Metrics, { projector, backlog }: Observed): void {
  const registers = [metrics.registry];
  new Gauge({
    name: 'ledger_projector_state',
    help: 'What the projector of the read models does: 1 for the present state, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      const { state: present } = projector();
      for (const state of projectorStates) this.set({ state }, state === present ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ledger_projector_caught_up',
    help: 'Whether the read models hold all that the event store had when it last said so.',
    registers,
    collect() {
      this.set(projector().caughtUp ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ledger_projector_position_events',
    help: 'Events in the read models: the leaf index of the last one, and one.',
    registers,
    collect() {
      this.set((projector().leafIndex ?? -1) + 1);
    },
  });
  new Gauge({
    name: 'ledger_projector_lag_events',
    help: 'Events recorded by this server that are not in its read models yet.',
    registers,
    collect() {
      this.set(backlog.report().eventCount);
    },
  });
  new Gauge({
    name: 'ledger_projector_lag_seconds',
    help: 'How long the oldest of them has waited; 0 when there is none.',
    registers,
    collect() {
      const { oldestAtMs } = backlog.report();
      this.set(oldestAtMs === null ? 0 : (performance.now() - oldestAtMs) / 1000);
    },
  });
  new Gauge({
    name: 'ledger_projector_last_error_info',
    help: 'The kind of the error that the projector met last and has not got over; absent if none.',
    labelNames: ['error'],
    registers,
    collect() {
      this.reset();
      const { lastError } = projector();
      if (lastError !== null) this.set({ error: lastError.name }, 1);
    },
  });
}

/** Processor time, memory, event loop lag and garbage collection, as every Node program shows them. */
export function observeProcess(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
