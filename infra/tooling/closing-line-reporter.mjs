/** Prints the whole run's count on a line of its own, after Jest's summary. */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = results;
    // A suite that could not even start holds no failed test, but it is a failure all the same.
    const failed = numFailedTests + results.testResults.filter((suite) => suite.testExecError).length;
    const failures = numFailedTestSuites > 0 && failed === 0 ? numFailedTestSuites : failed;
    setImmediate(() => {
      process.stdout.write(`\n${numPassedTests} passed, ${failures} failed, ${numPendingTests} skipped\n`);
    });
  }
}
