/** Names under which Nest injects what has no class of its own. */
export const evidenceBytesMax = Symbol('evidenceBytesMax');
/** Every refusal of every context, with its texts. */
export const refusalCatalogue = Symbol('refusalCatalogue');
/** What the store of evidence meets over its bytes. */
export const interferences = Symbol('interferences');
