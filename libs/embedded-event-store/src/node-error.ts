/** Why a node does not run. Codes are stable; sentences are for people. */
export type EmbeddedNodeErrorCode =
  | 'node/locked'
  | 'node/not-a-store'
  | 'node/corrupt'
  | 'node/unknown-version'
  | 'node/unwritable'
  | 'node/port-taken'
  | 'node/crashed';

/** A node that could not start, or that died: one clear sentence and a code to act upon. */
export class EmbeddedNodeError extends Error {
  readonly code: EmbeddedNodeErrorCode;

  constructor(code: EmbeddedNodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedNodeError';
    this.code = code;
  }
}
