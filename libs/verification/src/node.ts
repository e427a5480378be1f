/** Where a log can be read from in Node: a folder, or a server. */
export { FolderLogSource } from './folder-log-source.ts';
export { HttpLogSource } from './http-log-source.ts';
export type { HttpLogSourceOptions } from './http-log-source.ts';
