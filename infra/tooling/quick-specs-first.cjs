const { basename } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

/**
 * For mutation testing, where the first test that notices a change ends the matter: specs of single
 * entries and small logs come first, those that try everything last.
 */
const quick = ['findings', 'entry-form', 'log-keys', 'receipt', 'entry-fold', 'running-tree'];
const thorough = /^(proofs|tlog-proof|tiles|vectors|throws-nothing|.*\.int)\.spec\.ts$/;

const rankOf = (path) => {
  const name = basename(path);
  const place = quick.indexOf(name.replace(/\.spec\.ts$/, ''));
  if (place >= 0) return place;
  return thorough.test(name) ? quick.length + 1 : quick.length;
};

module.exports = class QuickSpecsFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort(
      (a, b) => rankOf(a.path) - rankOf(b.path) || (a.path < b.path ? -1 : 1),
    );
  }
};
