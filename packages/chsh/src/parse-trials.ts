// A streaming reader of trials: bytes of CSV in, codes of trials out, one clear line naming file and line on any fault.

const HEADER = 'x,y,a,b';
const BATCH = 65536;
/** Longer lines are not trials; it bounds the memory held between chunks. */
const LONGEST_LINE = 256;

const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;
const PLUS = 43;
const MINUS = 45;
const ONE = 49;

/**
 * Reads CSV with the header x,y,a,b, then one trial a line in order: settings 1 or 2, outcomes +1 (or 1) or -1.
 * A UTF-8 byte order mark, CRLF, blank lines, spaces around fields and a missing last newline are accepted.
 */
export class TrialReader {
  private readonly fileName: string;
  private readonly onTrials: (codes: Uint8Array) => void;
  private readonly batch = new Uint8Array(BATCH);
  private filled = 0;
  private line = 1;
  private headerSeen = false;
  private rest = new Uint8Array(0);
  private trials = 0;

  /** @param onTrials called with up to 65,536 trials at a time, coded as `trialCode`; the array is reused afterwards */
  constructor(fileName: string, onTrials: (codes: Uint8Array) => void) {
    this.fileName = fileName;
    this.onTrials = onTrials;
  }

  /** Takes the next bytes; they may end anywhere, even inside a number. */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + chunk.length);
      bytes.set(this.rest);
      bytes.set(chunk, this.rest.length);
    }
    let at = 0;
    while (at < bytes.length) {
      if (this.headerSeen) at = this.fastLines(bytes, at);
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0) break;
      this.slowLine(bytes.subarray(at, end), false);
      at = end + 1;
    }
    this.rest = bytes.slice(at);
    if (this.rest.length > LONGEST_LINE) {
      throw this.fault(
        `a line of at most ${LONGEST_LINE} bytes`,
        `${this.rest.length} bytes without a line end`,
        'check that this is a CSV file',
      );
    }
  }

  /** Ends the input and hands over the last trials. @returns the number of trials */
  end(): number {
    if (this.rest.length > 0) this.slowLine(this.rest, true);
    this.rest = new Uint8Array(0);
    if (!this.headerSeen)
      throw this.fault(`the header ${HEADER}`, 'an empty file', 'write the header and one trial a line');
    if (this.trials === 0) throw this.fault('a trial', 'no line after the header', 'write one trial a line');
    this.flush();
    return this.trials;
  }

  /** Reads complete lines of the plain form "1,2,-1,1\n" and stops before the first that is anything else. */
  private fastLines(bytes: Uint8Array, from: number): number {
    let start = from;
    // The longest plain line, 1,1,-1,-1\r\n, has 11 bytes.
    const last = bytes.length - 11;
    while (start <= last) {
      let at = start;
      const x = bytes[at] - ONE;
      const y = bytes[at + 2] - ONE;
      if (x >>> 0 > 1 || y >>> 0 > 1 || bytes[at + 1] !== COMMA || bytes[at + 3] !== COMMA) return start;
      at += 4;
      let a = 0;
      if (bytes[at] === MINUS) {
        a = 1;
        at++;
      } else if (bytes[at] === PLUS) at++;
      if (bytes[at] !== ONE || bytes[at + 1] !== COMMA) return start;
      at += 2;
      let b = 0;
      if (bytes[at] === MINUS) {
        b = 1;
        at++;
      } else if (bytes[at] === PLUS) at++;
      if (bytes[at] !== ONE) return start;
      at++;
      if (bytes[at] === RETURN) at++;
      if (bytes[at] !== NEWLINE) return start;
      this.emit(8 * x + 4 * y + 2 * a + b);
      this.line += 1;
      start = at + 1;
    }
    return start;
  }

  private slowLine(bytes: Uint8Array, unfinished: boolean): void {
    if (bytes.length > LONGEST_LINE) {
      throw this.fault(
        `a line of at most ${LONGEST_LINE} bytes`,
        `${bytes.length} bytes`,
        'check that this is a CSV file',
      );
    }
    if (this.line === 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
      throw this.fault('UTF-8 text', 'a UTF-16 byte order mark', 'save the file as UTF-8');
    }
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    if (this.line === 1) text = text.replace(/^\u00ef\u00bb\u00bf/, '');
    const fields = text.split(',').map((field) => field.trim());
    if (fields.length === 1 && fields[0] === '') {
      this.line += 1;
      return;
    }
    if (!this.headerSeen) this.readHeader(fields);
    else this.readTrial(fields, text.trim(), unfinished);
    this.line += 1;
  }

  private readHeader(fields: string[]): void {
    if (fields.join(',').toLowerCase() !== HEADER) {
      throw this.fault(`the header ${HEADER}`, shown(fields.join(',')), `name the columns ${HEADER} in this order`);
    }
    this.headerSeen = true;
  }

  private readTrial(fields: string[], text: string, unfinished: boolean): void {
    if (fields.length !== 4) {
      const cut = unfinished && fields.length < 4;
      throw this.fault(
        `4 fields ${HEADER}`,
        `${fields.length} (${shown(text)})`,
        cut ? 'the last line is truncated: complete or delete it' : 'write one trial a line',
      );
    }
    const [x, y, a, b] = fields;
    const settings = [x, y].map((v) => (v === '1' ? 0 : v === '2' ? 1 : -1));
    const outcomes = [a, b].map((v) => (v === '1' || v === '+1' ? 0 : v === '-1' ? 1 : -1));
    if (settings.includes(-1) || outcomes.includes(-1)) {
      throw this.fault(
        'settings 1 or 2 and outcomes +1 or -1',
        shown(text),
        unfinished ? 'the last line may be truncated: complete or delete it' : 'recode this trial or delete the line',
      );
    }
    this.emit(8 * settings[0] + 4 * settings[1] + 2 * outcomes[0] + outcomes[1]);
  }

  private emit(code: number): void {
    this.batch[this.filled++] = code;
    this.trials += 1;
    if (this.filled === BATCH) this.flush();
  }

  private flush(): void {
    if (this.filled > 0) this.onTrials(this.batch.subarray(0, this.filled));
    this.filled = 0;
  }

  private fault(expected: string, got: string, remedy: string): Error {
    return new Error(`${this.fileName}:${this.line}: expected ${expected}, got ${got}; ${remedy}`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
