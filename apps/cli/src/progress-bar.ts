/** What of a stream a bar needs: standard error is one. */
export type BarStream = {
  readonly isTTY?: boolean;
  write(text: string): unknown;
};

/** A bar on a terminal, nothing where the output goes elsewhere. */
export class ProgressBar {
  private readonly stream: BarStream;
  private shown = -1;

  constructor(stream: BarStream) {
    this.stream = stream;
  }

  /** Written again only when another percent is done. */
  show(done: number, size: number, unit = ''): void {
    if (this.stream.isTTY !== true) return;
    const percent = size === 0 ? 100 : Math.floor((100 * done) / size);
    if (percent === this.shown) return;
    this.shown = percent;
    const filled = Math.floor(percent / 4);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(25 - filled)}`;
    this.stream.write(`\r  ${bar} ${percent} % (${done} / ${size}${unit})`);
  }

  /** Takes the line away, so that what comes next begins at its start. */
  clear(): void {
    if (this.shown >= 0) this.stream.write('\r\u001b[2K');
    this.shown = -1;
  }
}
