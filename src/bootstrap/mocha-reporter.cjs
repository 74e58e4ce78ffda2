/**
 * The spec reporter with our closing line. Under `npm test` the counts go to the parent,
 * which adds its own checks and prints the line; alone, it is printed here.
 */
const { reporters, Runner } = require('mocha');

module.exports = class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const counts = { passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending };
      if (process.send) process.send(counts);
      else import('./closing-line.js').then(({ closingLine }) => console.log(closingLine(counts)));
    });
  }
};
