import whole from '../../test/jest.config.mjs';

// The unit project, without the reporter of CI: Stryker reads Jest's answers itself. The files that
// make Nest ready are left out, since nothing that is mutated knows of it and each mutant would wait.
// The specs of files and servers are the only ones of the judge's sources.
const [{ displayName: _, setupFiles: __, testMatch, ...unit }] = whole.projects;

/** @type {import('jest').Config} */
export default {
  ...unit,
  testMatch: [...testMatch, '<rootDir>/libs/verification/src/*-log-source.int.spec.ts'],
  testPathIgnorePatterns: ['(?<!-log-source)\\.int\\.spec\\.ts$'],
  testRunner: '<rootDir>/infra/tooling/jest-circus-until-failure.cjs',
  testSequencer: '<rootDir>/infra/tooling/quick-specs-first.cjs',
};
