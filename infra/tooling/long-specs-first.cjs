const Sequencer = require('@jest/test-sequencer').default;

/**
 * On two processors the run ends with its last spec, and a machine that has never run them does not
 * know which is long: those that take minutes are begun first, the rest as Jest thinks best.
 */
const long = ['test/api/schemathesis', 'test/faults/points', 'test/faults/rebuild', 'test/faults/kill'];

const rankOf = ({ path }) => {
  const place = long.findIndex((name) => path.includes(name));
  return place < 0 ? long.length : place;
};

module.exports = class LongSpecsFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rankOf(a) - rankOf(b));
  }
};
