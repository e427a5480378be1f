import { crossCheckCommands, planCommands, planPartRequests, readPlanFiles } from '#catalogue/node';
import type { PlanCommand, PlanPartRequest } from '#catalogue/node';
import { LedgerClient, ProblemAnswer } from './ledger-client.ts';
import { askSecrets } from './secret-prompt.ts';
import type { Terminal } from './terminal.ts';

export type LoadOutcome = { readonly recorded: number; readonly unchanged: number };

export type LoadOptions = {
  readonly folder: string;
  readonly url: string;
  readonly login: string;
  /** An officer of a lead asks for the parts that the plan names; else a registrar loads the plan. */
  readonly parts: boolean;
  /** Only the cross-checks of the edition, into a ledger that was loaded without them. */
  readonly checks: boolean;
};

/** `--parts` by somebody who leads nothing in the plan. */
export class NoPartsToAskFor extends Error {
  readonly code = 'load/no-parts';
}

type Me = { readonly capacities: readonly { readonly role: string; readonly agency: string }[] };

/** `ledger load`: signs in and sends a plan folder's commands. The folder is read first. */
export async function runLoad(terminal: Terminal, options: LoadOptions): Promise<void> {
  const { folder, url, login, parts, checks } = options;
  const plan = await readPlanFiles(folder);
  const client = new LedgerClient(url, terminal.language);
  const [secret = ''] = await askSecrets([`Secret of ${login}`]);
  await client.signIn(login, secret);
  const commands = parts
    ? await ownRequests(client, planPartRequests(plan))
    : checks
      ? crossCheckCommands(plan)
      : planCommands(plan);
  const { recorded, unchanged } = await loadPlan(client, commands);
  terminal.done({
    vi: `${folder}: đã ghi ${recorded} thao tác, ${unchanged} không đổi.`,
    en: `${folder}: recorded ${recorded} acts, ${unchanged} were there already.`,
  });
}

/** Only who answers for a figure asks for its parts: those of the leads this person is an officer of. */
async function ownRequests(
  client: LedgerClient,
  requests: readonly PlanPartRequest[],
): Promise<readonly PlanCommand[]> {
  const { capacities } = (await client.get<{ readonly data: Me }>('/me')).data;
  const agencies = capacities.filter(({ role }) => role === 'officer').map(({ agency }) => agency);
  const own = requests.filter(({ lead }) => agencies.includes(lead));
  if (own.length > 0) return own;
  throw new NoPartsToAskFor('this login is no officer of a lead that the plan names with parts');
}

/**
 * Sends a plan's commands in order, as anybody could. What is there already with the same content
 * counts as unchanged, so loading twice has no effect; anything else that is refused stops the
 * load, with all that was recorded before still there and a repetition going on from it.
 */
export async function loadPlan(
  client: LedgerClient,
  commands: readonly PlanCommand[],
): Promise<LoadOutcome> {
  const revisions = new Map<string, number | undefined>();
  let recorded = 0;
  let unchanged = 0;
  for (const command of commands) {
    if (!revisions.has(command.aggregate)) {
      revisions.set(command.aggregate, await client.revision(command.aggregate));
    }
    const ifMatch = revisions.get(command.aggregate);
    try {
      const { receipt } = await client.post(command.path, command.body, {
        idempotencyKey: command.idempotencyKey,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      // A repeated command answers with the revision it made then; the aggregate may be further on.
      revisions.set(command.aggregate, Math.max(ifMatch ?? 0, receipt.revision));
      if (receipt.repeated) unchanged += 1;
      else recorded += 1;
    } catch (error) {
      if (!isUnchanged(error)) throw error;
      unchanged += 1;
    }
  }
  return { recorded, unchanged };
}

function isUnchanged(error: unknown): boolean {
  return error instanceof ProblemAnswer && error.status === 409 && error.problem['same'] === true;
}
