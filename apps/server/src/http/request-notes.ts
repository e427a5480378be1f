import type { FastifyRequest } from 'fastify';
import type { PersonId } from '#kernel';

/** Who is asking, as the session told; what they may do is read from events, not from here. */
export type SignedIn = {
  readonly person: PersonId;
  /** Digest of the token: names the session without being able to use it. */
  readonly session: string;
};

/** What is known of a request on its way through: for the rules and for its one line in the log. */
export type RequestNotes = {
  signedIn: SignedIn | null;
  /** Agency of the acting person, once somebody looked it up. */
  agency: string | null;
  /** Code of the refusal, or null when there was none. */
  outcome: string | null;
  /** A read by an auditor or inspector: looked at, because it is told in the security log. */
  oversees: boolean;
  /** Whom the request was about, where only the controller finds out. */
  subject: PersonId | null;
  /** The security log has told how it ended. */
  isAudited: boolean;
};

const notes = new WeakMap<object, RequestNotes>();

/** The notes of a request; kept apart from it, so nobody who sends a request can write them. */
export function notesOf(request: Pick<FastifyRequest, 'raw'>): RequestNotes {
  const known = notes.get(request.raw);
  if (known !== undefined) return known;
  const fresh: RequestNotes = {
    signedIn: null,
    agency: null,
    outcome: null,
    oversees: false,
    subject: null,
    isAudited: false,
  };
  notes.set(request.raw, fresh);
  return fresh;
}
