/** One transform for every project: swc -> ESM, legacy decorators and emitted metadata (Nest's injection needs it). */
const swc = [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2023',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      experimental: { keepImportAttributes: true },
    },
  },
];

const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '');
const common = {
  rootDir: root,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
  transform: { '^.+\\.ts$': swc },
  transformIgnorePatterns: ['/node_modules/'],
  // The same condition as in tsconfig `customConditions`: '#kernel' leads to the TypeScript source.
  testEnvironmentOptions: { customExportConditions: ['ledger-source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/setup.ts'],
};

/** @type {import('jest').Config} */
export default {
  rootDir: root,
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts'], testPathIgnorePatterns: ['\\.int\\.spec\\.ts$'] },
    { ...common, displayName: 'integration', testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.int.spec.ts'] },
    { ...common, displayName: 'whole', testMatch: ['<rootDir>/test/**/*.spec.ts'] },
  ],
  testSequencer: '<rootDir>/infra/tooling/long-specs-first.cjs',
  reporters: ['default', '<rootDir>/infra/tooling/closing-line-reporter.mjs'],
  testTimeout: 60_000,
  // Specs that wait (for a server to start, a disk, a browser of others) leave processors idle: in CI,
  // which has a machine to itself and half an hour, one more than there usually are processors.
  maxWorkers: process.env.CI === 'true' ? 3 : 2,
  collectCoverageFrom: ['{apps,libs}/*/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts'],
  coverageProvider: 'v8',
};
