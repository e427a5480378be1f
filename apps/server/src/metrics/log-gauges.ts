import { Gauge } from 'prom-client';
import type { LogFigures } from '../log/log-health.ts';
import type { Metrics } from './metrics.ts';

const states: readonly LogFigures['state'][] = [
  'stopped',
  'starting',
  'running',
  'waiting',
  'failed',
];
const witnessStates: readonly LogFigures['witnesses'][number]['state'][] = [
  'unasked',
  'cosigned',
  'refused',
  'away',
];

/** Figures with one number each: name, help, and where it is read. */
const plain: readonly (readonly [string, string, (log: LogFigures) => number])[] = [
  ['head_entries', 'Entries under the signed head of the log.', (log) => log.headSize],
  [
    'published_entries',
    'Entries under the checkpoint that is handed out.',
    (log) => log.publishedSize,
  ],
  [
    'lag_entries',
    'Acts of this server that are not under the signed head yet.',
    (log) => log.lagEntries,
  ],
  [
    'lag_seconds',
    'How long the oldest of them has waited; 0 when there is none.',
    (log) => log.lagSeconds,
  ],
  [
    'quorum_met',
    'Whether the newest head has the cosignatures that the policy asks for.',
    (log) => (log.quorum === 'met' ? 1 : 0),
  ],
];

/** Registers the gauges of the transparency log, read when somebody looks. */
export function observeLog(metrics: Metrics, figures: () => LogFigures): void {
  const registers = [metrics.registry];
  for (const [name, help, read] of plain) {
    new Gauge({
      name: `ledger_log_${name}`,
      help,
      registers,
      collect() {
        this.set(read(figures()));
      },
    });
  }
  new Gauge({
    name: 'ledger_log_checkpoint_age_seconds',
    help: 'Since a checkpoint was published last; absent before the first one.',
    registers,
    collect() {
      const { checkpointAgeSeconds } = figures();
      if (checkpointAgeSeconds === null) this.remove();
      else this.set(checkpointAgeSeconds);
    },
  });
  new Gauge({
    name: 'ledger_log_state',
    help: 'What the sequencer of the log does: 1 for the present state, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      const { state: present } = figures();
      for (const state of states) this.set({ state }, state === present ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ledger_log_witness_state',
    help: 'What each witness of the policy last did: 1 for the present state, 0 for the others.',
    labelNames: ['witness', 'state'],
    registers,
    collect() {
      for (const { name: witness, state: present } of figures().witnesses) {
        for (const state of witnessStates) {
          this.set({ witness, state }, state === present ? 1 : 0);
        }
      }
    },
  });
}
