// What the set-up prints: progress on stdout; one line on stderr and an exit code for what goes wrong.

export function say(line) {
  console.log(`setup:tensorflow: ${line}`);
}

/** Ends the set-up. Code 2 is a bad flag, 1 everything else. */
export function fail(line, code = 1) {
  console.error(`setup:tensorflow: ${line}`);
  process.exit(code);
}

/** The last line of a tool's complaint that says something. */
export function lastLine(text) {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return lines.findLast((line) => /error/i.test(line)) ?? lines.findLast((line) => line !== '') ?? 'no message';
}
