/** How long a test waits for an answer: a machine that does much else may take its time. Milliseconds. */
export const PATIENCE_MS = 60_000;

/** mocha's limit for a test that starts processes and plays. */
export const LIVE_TEST_MS = 300_000;
