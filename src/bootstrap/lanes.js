/** Which test files run beside each other, in processes of their own, and which have the machine to themselves. */

/** Tests of what plays at the pace of a clock, and measures itself. */
const alone = [
  /-live\.test\.js$/,
  /docs\/readme\.test\.js$/,
  /end-to-end\/(cli-bench|cli-play|random-session)\.test\.js$/,
];

/** About as much work as all other files: the C++ tests are here. */
const models = /^dist\/test\/models\//;

/**
 * @param {readonly string[]} files built test files from the root, with forward slashes
 * @returns {{ beside: string[][], alone: string[] }} each of the files, once
 */
export function lanesOf(files) {
  const isAlone = (file) => alone.some((pattern) => pattern.test(file));
  const offline = files.filter((file) => !isAlone(file));
  return {
    beside: [offline.filter((file) => models.test(file)), offline.filter((file) => !models.test(file))],
    alone: files.filter(isAlone),
  };
}
