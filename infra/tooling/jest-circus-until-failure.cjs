const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');

/** Stryker says which change is on; a run without one measures what is covered, and is left alone. */
const mutantVariable = '__STRYKER_ACTIVE_MUTANT__';
let noticed;

/**
 * Jest's own runner, but for a change that a test has noticed nothing more is run: it is killed, and
 * Stryker cannot tell Jest to stop (jestjs/jest#11766).
 */
module.exports = async (globalConfig, config, environment, runtime, testPath, ...rest) => {
  const mutant = process.env[mutantVariable];
  if (mutant !== undefined && mutant === noticed) return skipped(testPath);
  if (mutant !== undefined) {
    const handle = environment.handleTestEvent?.bind(environment);
    environment.handleTestEvent = async (event, state) => {
      if (event.name === 'test_done' && event.test.errors.length > 0) noticed = mutant;
      if (event.name === 'test_start' && noticed === mutant) event.test.mode = 'skip';
      await handle?.(event, state);
    };
  }
  return circus(globalConfig, config, environment, runtime, testPath, ...rest);
};

/** Jest takes a file without a test for one that failed to load, so it is given one, left out. */
function skipped(testFilePath) {
  const test = {
    ancestorTitles: [],
    title: 'left out',
    fullName: 'left out',
    status: 'pending',
    failureMessages: [],
    failureDetails: [],
    numPassingAsserts: 0,
  };
  return { ...createEmptyTestResult(), testFilePath, numPendingTests: 1, testResults: [test] };
}
