/** Where a log can be read from in Node alone; a server can be read from anywhere. */
export { FolderLogSource } from './folder-log-source.ts';
