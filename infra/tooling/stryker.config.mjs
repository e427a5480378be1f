/**
 * Mutation testing of what proofs are made and judged by: every change that a spec does not notice is
 * a rule that nobody holds. `npm run test:mutation`; survivors are listed with reasons in
 * docs/operating/mutation.md.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    configFile: 'infra/tooling/jest.mutation.config.mjs',
    enableFindRelatedTests: true,
  },
  coverageAnalysis: 'perTest',
  mutate: [
    'libs/{tlog,verification}/src/*.ts',
    '!libs/{tlog,verification}/src/*.{spec,contract}.ts',
    '!libs/{tlog,verification}/src/{index,node,ed25519-node,ed25519-noble}.ts',
  ],
  concurrency: 2,
  reporters: ['clear-text', 'json', 'progress'],
  clearTextReporter: { logTests: false, allowColor: false },
  jsonReporter: { fileName: '.stryker/mutation.json' },
  tempDirName: '.stryker/tmp',
  ignorePatterns: ['/dist', '/docs', '/infra/plans'],
  thresholds: { high: 95, low: 90, break: 90 },
};
