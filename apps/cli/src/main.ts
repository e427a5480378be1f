#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { parseCount, spelledOut } from '#kernel';
import { runBootstrap } from './bootstrap.ts';
import { runDemo } from './demo.ts';
import { DemoRefused } from './demo-folder.ts';
import { runFsck } from './fsck.ts';
import type { FsckVerbOptions } from './fsck.ts';
import { ProblemAnswer, Unreachable } from './ledger-client.ts';
import { runLoad } from './load.ts';
import { readEvidenceBucket, readPartSettings } from './part-settings.ts';
import { runRebuild } from './rebuild.ts';
import { ServerDidNotStart } from './server-process.ts';
import { chooseLanguage, Terminal } from './terminal.ts';
import { runVerify } from './verify.ts';
import type { VerifyOptions } from './verify.ts';

/** sysexits: the command line itself was wrong (CONTRACTS 6). */
const exitUsage = 64;
const defaultUrl = 'http://127.0.0.1:3000';

const program = new Command('ledger')
  .description('MinhChung: the evidence ledger from the command line')
  .addOption(new Option('--lang <language>', 'of what is printed').choices(['vi', 'en']))
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

function terminal(): Terminal {
  const option = program.opts<{ lang?: string }>().lang;
  return new Terminal(chooseLanguage(option, process.env), (text) => process.stdout.write(text));
}

program
  .command('bootstrap')
  .description('create the first registrar and the first confirming person, once')
  .option('--url <url>', 'address of the running server', defaultUrl)
  .option('--data <folder>', 'folder of the ledger, where the one-time token lies', '.ledger')
  .requiredOption('--registrar <login>', "the first registrar's login")
  .requiredOption('--registrar-agency <agency>', 'for example son_la.so_khcn')
  .requiredOption('--confirmer <login>', "the first confirming person's login")
  .requiredOption('--confirmer-agency <agency>', 'another agency, for example son_la.ubnd_tinh')
  .option('--registrar-name <name>', 'as printed under acts')
  .option('--registrar-position <position>', 'as printed under acts')
  .option('--confirmer-name <name>', 'as printed under acts')
  .option('--confirmer-position <position>', 'as printed under acts')
  .action((options: Parameters<typeof runBootstrap>[1]) => runBootstrap(terminal(), options));

program
  .command('load <folder>')
  .description('load a plan: agencies, framework and round, as ordinary commands; repeatable')
  .option('--url <url>', 'address of the running server', defaultUrl)
  .requiredOption('--login <login>', 'a registrar; the secret is asked for, or read from stdin')
  .option(
    '--parts',
    "as an officer of a lead: ask for the parts of the lead's figures instead",
    false,
  )
  .option('--checks', "as a registrar: state the edition's cross-checks instead", false)
  .action(
    (folder: string, options: { url: string; login: string; parts: boolean; checks: boolean }) =>
      runLoad(terminal(), { folder, ...options }),
  );

program
  .command('rebuild')
  .description('build the read models anew from the events and compare; the server must be stopped')
  .option('--data <folder>', 'folder of the ledger', process.env['LEDGER_DATA'] ?? '.ledger')
  .action((options: { data: string }) => {
    return runRebuild(terminal(), options.data, readPartSettings(process.env));
  });

program
  .command('verify <proof>')
  .description('check a receipt offline: receipt.tlog-proof, its entry, and a policy you trust')
  .requiredOption('--entry <file>', 'entry.json, exactly as it was handed out')
  .requiredOption('--policy <file>', 'whose signatures you want (c2sp.org/tlog-policy)')
  .addOption(
    new Option(
      '--further-key <key>',
      'another key of this log whose signature may stand beside, or its file; repeatable',
    )
      .default([], 'none')
      .argParser((key: string, before: readonly string[]) => [...before, key]),
  )
  .option('--json', 'the report as JSON', false)
  .action(async (proof: string, options: VerifyOptions) => {
    await judge(() => runVerify(terminal(), proof, options));
  });

program
  .command('fsck <log>')
  .description('check a whole log: its address (http://host/log), its folder, or a ledger folder')
  .option('--policy <file>', 'whose signatures you want (c2sp.org/tlog-policy)')
  .addOption(
    new Option('--key <key>', 'the verifier key of the log, or the file that holds it').conflicts(
      'policy',
    ),
  )
  .option('--since <file>', 'a checkpoint that you kept: the log must continue it')
  .option('--token-file <file>', 'a bearer token, where entries are not public')
  .option('--copy-to <folder>', 'keep what was read: an empty or absent folder')
  .option('--hashes', 'signatures, hashes, tiles and root only; do not read the entries', false)
  .option('--log-only', "leave out what a ledger's folder has beside the log", false)
  .option('--no-evidence', 'leave out the files of evidence, which are hashed anew')
  .option('--stores', 'compare the stores that LEDGER_EVENTSTORE_URL names with this log', false)
  .option('--require-trust', 'exit 2 where only keys of the log itself vouch for it', false)
  .option('--json', 'the report as JSON', false)
  .action(async (log: string, options: FsckVerbOptions) => {
    await judge(() => {
      const evidenceBucket = readEvidenceBucket(process.env);
      const settings = { ...readPartSettings(process.env), evidenceBucket };
      return runFsck(terminal(), log, options, settings);
    });
  });

program
  .command('demo')
  .description('real lives of figures of the Sơn La 2026 round, against a fresh ledger')
  .option('--data <folder>', 'an empty or absent folder; a temporary one by default')
  .action((options: { data?: string }) => runDemo(terminal(), options.data));

// Whoever reads no further (`| head`) has read enough: the verdict is the exit code all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const major = parseCount(process.versions.node.split('.')[0]);
if (major === undefined || major < 24) {
  process.stderr.write('ledger: needs Node 24, which `npm run ledger -- …` brings along\n');
  process.exit(1);
}
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Whatever keeps a judge from judging is no verdict: 2, never the 1 of what was found wrong. */
async function judge(verb: () => Promise<0 | 1 | 2>): Promise<void> {
  try {
    process.exitCode = await verb();
  } catch (error) {
    explain(error);
    process.exitCode = 2;
  }
}

/** One sentence for a person on stderr, and the exit code. A bug keeps its stack. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  const expected =
    error instanceof ProblemAnswer ||
    error instanceof Unreachable ||
    error instanceof ServerDidNotStart ||
    error instanceof DemoRefused ||
    (error instanceof Error && 'code' in error && typeof error.code === 'string');
  if (error instanceof Error && !expected) process.stderr.write(`ledger: ${error.stack}\n`);
  else
    process.stderr.write(
      `ledger: ${spelledOut(error instanceof Error ? error.message : String(error))}\n`,
    );
  return 1;
}
