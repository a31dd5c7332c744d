/** What servers do wrong, a row each, and what a device says of it. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { HttpLimits } from '../../hal/node/http.ts';
import type { Update } from '../../bootloader-sim/index.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { answer, file, forEver, head } from './_server.ts';
import type { Act } from './_server.ts';

export const old: Uint8Array = firmware(1);
const update: Update = release(firmware(2), 2, { uri: 'payload' });
export const envelope: Uint8Array = update.envelope;
export const payload: Uint8Array = update.payload;
const other = release(firmware(3), 2, { uri: 'payload' }).payload;
const zeros = new Uint8Array(payload.length);

/** The limits that make a row's server show itself soon. */
const IMPATIENT: HttpLimits = { timeout: 1500, retries: 0 };
const HASTY: HttpLimits = { rate: { bytes: 50_000, window: 700 }, retries: 0 };

export interface Row {
  readonly name: string;
  readonly act: Act;
  readonly code: number;
  readonly says?: RegExp;
  readonly limits?: HttpLimits;
}

const close: Act = (socket) => socket.destroy();
const silent: Act = () => {};
const moved = (location: string): Act => answer('302 Found', { location });

/** Whatever is asked for, wherever it is. */
export const ANYWHERE: readonly Row[] = [
  { name: 'it is not there', act: answer('404 Not Found'), code: Err.SourceRefused, says: /HTTP 404/ },
  { name: 'it is forbidden', act: answer('403 Forbidden'), code: Err.SourceRefused, says: /HTTP 403/ },
  { name: 'unasked, it is as before', act: answer('304 Not Modified'), code: Err.SourceMalformed },
  { name: 'a status that is none', act: answer('999 So'), code: Err.SourceRefused, says: /HTTP 999/ },
  {
    name: 'never ready',
    act: answer('503 Service Unavailable'),
    code: Err.SourceBusy,
    says: /gave up after 6 attempts: HTTP 503/,
  },
  {
    name: 'ready in an hour',
    act: answer('503 Service Unavailable', { 'retry-after': 3600 }),
    code: Err.SourceBusy,
    says: /HTTP 503; asks for 3600 s/,
  },
  { name: 'no HTTP', act: (socket) => socket.write('220 mail.example\r\n\r\n'), code: Err.SourceMalformed },
  { name: 'closes at once', act: close, code: Err.SourceLost, says: /gave up after 6 attempts/ },
  { name: 'says nothing', act: silent, code: Err.SourceLost, says: /fell silent/, limits: IMPATIENT },
  {
    name: 'headers that never end',
    act: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      forEver(socket, `x: ${'y'.repeat(2000)}\r\n`);
    },
    code: Err.SourceMalformed,
    says: /HPE_HEADER_OVERFLOW/,
  },
  {
    name: 'one header without an end',
    act: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      forEver(socket, 'y'.repeat(2000));
    },
    code: Err.SourceMalformed,
    says: /HPE_HEADER_OVERFLOW/,
  },
  {
    name: 'a header byte now and then',
    act: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      forEver(socket, 'y', 20);
    },
    code: Err.SourceLost,
    says: /fell silent/,
    limits: IMPATIENT,
  },
  {
    name: 'answers before the answer, for ever',
    act: (socket) => forEver(socket, head('102 Processing')),
    code: Err.SourceMalformed,
    says: /more than 8 answers 1xx/,
  },
  { name: 'another protocol', act: answer('101 Switching Protocols'), code: Err.SourceMalformed },
  {
    name: 'compressed',
    act: answer('200 OK', { 'content-encoding': 'gzip' }, 'x'),
    code: Err.SourceMalformed,
    says: /answers in gzip/,
  },
  {
    name: 'several ranges in one answer',
    act: answer('206 Partial Content', { 'content-type': 'multipart/byteranges; boundary=x' }, '--x\r\n'),
    code: Err.SourceMalformed,
    says: /gave the range ""/,
  },
  {
    name: 'another range than was asked for',
    act: (socket, asked) =>
      answer(
        '206 Partial Content',
        { 'content-range': `bytes ${asked.from + 1}-${asked.from + 4}/20000` },
        'four',
      )(socket, asked),
    code: Err.SourceMalformed,
    says: /gave the range "bytes \d+-\d+\/20000"/,
  },
  {
    name: 'a longer range than was asked for',
    act: (socket, asked) =>
      answer(
        '206 Partial Content',
        { 'content-range': `bytes ${asked.from}-${asked.to}/9999999` },
        'x',
      )(socket, asked),
    code: Err.SourceMalformed,
    says: /gave the range/,
  },
  {
    name: 'a range and a length that differ',
    act: (socket, asked) =>
      answer(
        '206 Partial Content',
        { 'content-range': `bytes ${asked.from}-${asked.from + 9}/9999` },
        'x',
      )(socket, asked),
    code: Err.SourceMalformed,
    says: /a range and a length that differ/,
  },
  {
    name: 'promises a thousand bytes, gives ten',
    act: (socket, asked) => {
      const range = `bytes ${asked.from}-${asked.to - 1}/9999999`;
      socket.end(
        `${head('206 Partial Content', { 'content-range': range, 'content-length': asked.to - asked.from })}0123456789`,
      );
    },
    code: Err.SourceLost,
    says: /gave up after 6 attempts/,
  },
  {
    name: 'leads in circles',
    act: moved('/again'),
    code: Err.SourceMalformed,
    says: /more than 5 redirects/,
  },
  {
    name: 'leads to another host',
    act: moved('http://example.com/x'),
    code: Err.OriginRefused,
    says: /leads to http:\/\/example.com\/x: not the configured host/,
  },
  { name: 'leads to another port', act: moved('http://127.0.0.1:1/x'), code: Err.OriginRefused },
  { name: 'leads to a file', act: moved('file:///etc/hostname'), code: Err.SchemeRefused },
  { name: 'leads to data', act: moved('data:,x'), code: Err.SchemeRefused },
  { name: 'leads to another protocol', act: moved('coap://127.0.0.1/x'), code: Err.SchemeRefused },
  {
    name: 'leads to a host with a name before it',
    act: moved('http://127.0.0.1@example.com/x'),
    code: Err.UriMalformed,
  },
  { name: 'leads nowhere', act: answer('302 Found'), code: Err.UriMalformed },
];

/** The envelope alone. */
export const ENVELOPE: readonly Row[] = [
  {
    name: 'an envelope without an end',
    act: (socket) => {
      socket.write(head('200 OK', { 'transfer-encoding': 'chunked' }));
      forEver(socket, `3e8\r\n${'x'.repeat(1000)}\r\n`);
    },
    code: Err.EnvelopeTooLong,
  },
  { name: 'an envelope that is none', act: file(zeros), code: Err.EnvelopeTooLong },
  {
    name: 'a login page',
    act: answer('200 OK', { 'content-type': 'text/html' }, '<html></html>'),
    code: Err.Cbor,
  },
  { name: 'nothing in it', act: answer('200 OK'), code: Err.EnvelopeTooShort },
  { name: 'half an envelope', act: file(envelope.subarray(0, 200)), code: Err.EnvelopeTooShort },
];

const tagged = (bytes: Uint8Array, tag: string): Act => file(bytes, { etag: `"${tag}"` });
/** The first answer is right, and then it is another file. */
const replaced = (fields: (tag: string) => Record<string, string>): Act => {
  let count = 0;
  return (socket, asked) => {
    count++;
    (count === 1 ? file(payload, fields('a')) : file(other, fields('b')))(socket, asked);
  };
};
let partly = 0;
let mirror = 0;
let busy = 0;

/** The payload alone. */
export const PAYLOAD: readonly Row[] = [
  { name: 'ignores Range', act: answer('200 OK', {}, payload), code: Ok },
  {
    name: 'ignores Range, and the payload has no end',
    act: (socket) => {
      socket.write(head('200 OK'));
      socket.write(payload);
      forEver(socket, 'x'.repeat(1000));
    },
    code: Ok,
  },
  {
    name: 'each byte a chunk of its own',
    act: (socket) => {
      socket.write(head('200 OK', { 'transfer-encoding': 'chunked' }));
      let text = '';
      for (const byte of payload) text += `1\r\n${String.fromCharCode(byte)}\r\n`;
      socket.write(Buffer.from(`${text}0\r\n\r\n`, 'latin1'));
    },
    code: Ok,
  },
  {
    name: 'bytes after the body',
    act: (socket, asked) => {
      file(payload)(socket, asked);
      socket.write('and more');
    },
    code: Ok,
  },
  {
    name: 'busy at first',
    act: (socket, asked) => (busy++ % 3 < 2 ? answer('503 Busy') : file(payload))(socket, asked),
    code: Ok,
  },
  {
    name: 'two machines that tag the same file differently',
    act: (socket, asked) => tagged(payload, String(mirror++))(socket, asked),
    code: Ok,
  },
  {
    name: 'replaced in the middle, told by its tag',
    act: replaced((tag) => ({ etag: `"${tag}"` })),
    code: Err.SourceChanged,
  },
  {
    name: 'replaced in the middle, told by its date',
    act: replaced((tag) => ({ 'last-modified': `Sun, 06 Nov 1994 08:49:3${tag === 'a' ? 1 : 2} GMT` })),
    code: Err.SourceChanged,
  },
  { name: 'replaced, and nobody says so', act: replaced(() => ({})), code: Err.BlockDigest },
  { name: 'another payload', act: file(other), code: Err.IndexDigest },
  { name: 'zeros', act: file(zeros), code: Err.IndexDigest },
  {
    name: 'zeros for ever',
    act: (socket) => {
      socket.write(head('200 OK'));
      forEver(socket, zeros);
    },
    code: Err.IndexDigest,
  },
  { name: 'ends too early', act: file(payload.subarray(0, 9000)), code: Err.PayloadTooShort },
  {
    name: 'says that it ends where it begins',
    act: answer('416 Range Not Satisfiable'),
    code: Err.PayloadTooShort,
  },
  {
    name: 'a byte now and then',
    act: (socket, asked) => {
      const range = `bytes ${asked.from}-${asked.to - 1}/${payload.length}`;
      socket.write(head('206 Partial Content', { 'content-range': range }));
      forEver(socket, 'x', 10);
    },
    code: Err.SourceSlow,
    says: /gave up after 1 attempts: fewer than 50000 bytes in 0.7 s/,
    limits: HASTY,
  },
  {
    name: 'stalls in the middle',
    act: (socket, asked) => {
      const range = `bytes ${asked.from}-${asked.to - 1}/${payload.length}`;
      socket.write(head('206 Partial Content', { 'content-range': range }));
      socket.write(payload.subarray(asked.from, asked.from + 10));
    },
    code: Err.SourceLost,
    says: /gave up after 1 attempts: the server fell silent/,
    limits: IMPATIENT,
  },
  {
    name: 'makes a device throw away more than it will',
    act: (socket, asked) => (partly++ === 0 ? file(payload) : answer('200 OK', {}, payload))(socket, asked),
    code: Err.SourceMalformed,
    says: /ignores Range/,
    limits: { discard: 50 },
  },
];
