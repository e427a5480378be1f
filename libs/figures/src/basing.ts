import type { Basis } from '#kernel';

/** What one decision looked at, each stream once, less the one it is written to. */
export class Basing {
  private readonly revisions = new Map<string, number>();
  private readonly own: string;

  constructor(own: string) {
    this.own = own;
  }

  /** The first look counts: where a stream moved in between, the older revision claims less. */
  note({ stream, revision }: Basis): void {
    if (revision < 0 || stream === this.own || this.revisions.has(stream)) return;
    this.revisions.set(stream, revision);
  }

  take<S>(stream: string, folded: { readonly state: S; readonly revision: number }): S {
    this.note({ stream, revision: folded.revision });
    return folded.state;
  }

  get basis(): Basis[] {
    return [...this.revisions].map(([stream, revision]) => ({ stream, revision }));
  }
}
