// The readable text of an e-mail: RFC 5322 headers, the first text part of a multipart body (RFC 2046), transfer encodings (RFC 2045, 2047).

export interface MailText {
  subject: string;
  body: string; // one line
}

const HTML_ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', apos: "'" };
const DEPTH = 4; // of parts within parts

export function mailText(mail: string): MailText {
  const { headers, body } = splitHeaders(mail.replace(/^From .*\r?\n/, ''));
  const subject = encodedWords(headers.get('subject') ?? '');
  return { subject, body: partText(headers, body, DEPTH).replace(/\s+/g, ' ').trim() };
}

function splitHeaders(part: string): { headers: Map<string, string>; body: string } {
  const end = /\r?\n\r?\n/.exec(part);
  const head = end === null ? part : part.slice(0, end.index);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && !headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  }
  return { headers, body: end === null ? '' : part.slice(end.index + end[0].length) };
}

function partText(headers: Map<string, string>, body: string, depth: number): string {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined && depth > 0) {
    const parts = `\n${body}`
      .split(`\n--${boundary}`)
      .slice(1)
      .map((part) => splitHeaders(part.replace(/^\r?\n/, '\n').trimStart()));
    const isText = ({ headers: own }: { headers: Map<string, string> }): boolean =>
      /^(text|multipart)\//i.test(own.get('content-type') ?? 'text/plain');
    const part = parts.find(isText);
    return part === undefined ? '' : partText(part.headers, part.body, depth - 1);
  }
  if (!/^(text|multipart)\//i.test(type)) return '';
  const text = decodeTransfer(body, headers.get('content-transfer-encoding') ?? '');
  return /^text\/html/i.test(type) || /^\s*<(!doctype|html)/i.test(text) ? htmlText(text) : text;
}

function decodeTransfer(body: string, encoding: string): string {
  if (/base64/i.test(encoding)) return bytesText(Buffer.from(body.replace(/[^A-Za-z0-9+/]/g, ''), 'base64'));
  return /quoted-printable/i.test(encoding) ? quotedPrintable(body.replace(/=[ \t]*\r?\n/g, '')) : body;
}

function quotedPrintable(text: string): string {
  return text.replace(/(=[0-9A-F]{2})+/gi, (run) => bytesText(Buffer.from(run.replaceAll('=', ''), 'hex')));
}

/** UTF-8 where it is, else Latin-1: the corpus is of 2002 and its declared character sets are not reliable. */
function bytesText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function encodedWords(text: string): string {
  return text.replace(/=\?[\w-]+\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === 'b' ? bytesText(Buffer.from(word, 'base64')) : quotedPrintable(word.replaceAll('_', ' ')),
  );
}

function htmlText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->|<(style|script|title)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#(\d{1,5})|(\w+));/g, (entity, code?: string, name?: string) =>
      code === undefined ? (HTML_ENTITIES[name!.toLowerCase()] ?? entity) : String.fromCodePoint(Number(code)),
    );
}
