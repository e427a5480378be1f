const endings: (() => Promise<void>)[] = [];

/** Has `end` run when the part of the bench that is under way has ended, well or not. */
export function atEnd(end: () => Promise<void>): void {
  endings.push(end);
}

/** Ends what was begun last first: processes, then the folders and databases they worked on. */
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end();
}
