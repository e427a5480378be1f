/**
 * The judge. Checks what the ledger hands out, for people who do not trust it: a receipt, or a whole
 * log. Pure, in Node and in a browser (`test/judges/browser.spec.ts`): what it reads comes from the
 * source that it is handed, of which the one by `fetch` is here, too. Shares with the writer nothing
 * but kernel and tlog, and reads entries with readers of its own. Answers findings of a closed
 * catalogue; never throws at bad input.
 *
 * Begin with `receipt.ts` and `fsck.ts`; `tree-check.ts` looks at hashes, `entry-fold.ts` at what the
 * entries say.
 */
export { exitCodeOf, finding, FindingList } from './findings.ts';
export type { Finding, Place, Verdict } from './findings.ts';
export { findingTexts } from './finding-texts.ts';
export type { FindingCode, Severity } from './finding-texts.ts';
export { compareWithEvidence } from './evidence-comparison.ts';
export type { EvidenceFiles, MeasuredFile } from './evidence-comparison.ts';
export { fsck, readEntries } from './fsck.ts';
export type { FsckOptions, FsckReport } from './fsck.ts';
export { HttpLogSource } from './http-log-source.ts';
export type { HttpLogSourceOptions } from './http-log-source.ts';
export { LogClaims } from './log-claims.ts';
export { LogSource, SourceUnavailable } from './log-source.ts';
export { readEntry } from './entry-form.ts';
export type { ReadEntry } from './entry-form.ts';
export { verifyReceipt } from './receipt.ts';
export type { ReceiptFacts, ReceiptOptions, ReceiptReport } from './receipt.ts';
export { compareWithStore, reportWith } from './store-comparison.ts';
export type { StoreComparisonOptions } from './store-comparison.ts';
export { compareWithRegister } from './register-comparison.ts';
export type { ParticularsRow, PersonRow, RegisterRows } from './register-comparison.ts';
