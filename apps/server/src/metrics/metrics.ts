import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Software } from '../software.ts';

/** How an append ended: the three outcomes of the port (`AppendFailed`, conflict) and success. */
export type AppendOutcome = 'recorded' | 'conflict' | 'absent' | 'unknown';

/** Of requests: from a read out of memory to what nobody waits for any more, in seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of one durable append and of one commit of read models, in seconds. */
const writeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];
/** Events in one commit of read models, in which at most 500 are taken. */
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/**
 * What one server counts of itself, in the names and units of Prometheus. Every server has its own
 * registry, because journeys run several in one process. Labels are bounded: routes are templates,
 * statuses are classes, codes and event types come from closed catalogues; never an id or a name.
 * One observation takes 0.1 to 0.5 µs, so it is made always, whether somebody looks or not.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests = this.histogram(
    'ledger_http_request_duration_seconds',
    'Time from the first byte of a request to the last byte of its answer.',
    requestBuckets,
    ['method', 'route', 'status'],
  );
  private readonly refusals = this.counter(
    'ledger_refusals_total',
    'Requests that were refused, by the code of the problem.',
    ['code'],
  );
  private readonly acts = this.counter(
    'ledger_acts_recorded_total',
    'Events that this server recorded, by their type.',
    ['type'],
  );
  private readonly appends = this.histogram(
    'ledger_append_duration_seconds',
    'Time of one append to the event store, the wait for its turn included, by its end.',
    writeBuckets,
    ['outcome'],
  );
  private readonly retries = this.counter(
    'ledger_append_retries_total',
    'Appends sent again with the ids of one whose outcome was unknown.',
  );
  private readonly batches = this.histogram(
    'ledger_projector_batch_duration_seconds',
    'Time to fold and commit one batch of events into the read models.',
    writeBuckets,
  );
  private readonly batchEvents = this.histogram(
    'ledger_projector_batch_events',
    'Events in one commit of the read models.',
    batchBuckets,
  );
  private readonly received = this.counter(
    'ledger_evidence_received_bytes_total',
    'Bytes of evidence that were uploaded, kept or not.',
  );
  private readonly sent = this.counter(
    'ledger_evidence_sent_bytes_total',
    'Bytes of evidence that were read out of the store.',
  );
  private readonly uploads = this.counter(
    'ledger_evidence_uploads_total',
    'Uploads of evidence that ended: kept, already-there or failed.',
    ['outcome'],
  );
  private readonly uploading = this.gauge(
    'ledger_evidence_uploads_in_flight',
    'Uploads of evidence under way.',
  );
  private readonly security = this.counter(
    'ledger_security_events_total',
    'Lines of the security log, those left out in a flood included.',
    ['event', 'outcome'],
  );
  private readonly unlogged = this.counter(
    'ledger_security_log_lost_lines_total',
    'Lines that the security log could not take.',
  );

  private readonly heads = this.counter(
    'ledger_log_heads_signed_total',
    'Heads of the log that this server signed, those that another server was first with included.',
  );

  constructor({ version }: Pick<Software, 'version'>) {
    const about = 'Which software this is; always 1.';
    this.gauge('ledger_build_info', about, ['version']).set({ version }, 1);
  }

  /** `route` is the template as registered, never the path that was sent. */
  requestAnswered(route: string, method: string, status: number, tookMs: number): void {
    const labels = { method, route, status: `${Math.floor(status / 100)}xx` };
    this.requests.observe(labels, tookMs / 1000);
  }

  refused(code: string): void {
    this.refusals.inc({ code });
  }

  actRecorded(type: string): void {
    this.acts.inc({ type });
  }

  appendEnded(outcome: AppendOutcome, tookMs: number): void {
    this.appends.observe({ outcome }, tookMs / 1000);
  }

  appendRetried(): void {
    this.retries.inc();
  }

  batchCommitted(eventCount: number, tookMs: number): void {
    this.batchEvents.observe(eventCount);
    this.batches.observe(tookMs / 1000);
  }

  uploadBegan(): void {
    this.uploading.inc();
  }

  uploadEnded(outcome: 'kept' | 'already-there' | 'failed'): void {
    this.uploading.dec();
    this.uploads.inc({ outcome });
  }

  evidenceReceived(sizeBytes: number): void {
    this.received.inc(sizeBytes);
  }

  evidenceSent(sizeBytes: number): void {
    this.sent.inc(sizeBytes);
  }

  headSigned(): void {
    this.heads.inc();
  }

  securityEvent(event: string, outcome: string): void {
    this.security.inc({ event, outcome });
  }

  securityLineLost(): void {
    this.unlogged.inc();
  }

  private counter<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private gauge<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    const shape = { buckets: [...buckets], labelNames: [...labelNames] };
    return new Histogram({ name, help, ...shape, registers: [this.registry] });
  }
}
