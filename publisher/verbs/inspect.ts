import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { anchorLoad, publicKeyOfAnchor } from '../anchors.ts';
import { lines, thousands } from '../answer.ts';
import { indexRead } from '../blocks.ts';
import { describeEnvelope, describeIndex, describeSlot } from '../describe.ts';
import type { Description } from '../describe.ts';
import { isDeviceKey, isKeyFile, keyFileParse } from '../encryption/key-file.ts';
import { describeJournal } from '../describe-journal.ts';
import { describeMessage } from '../describe-message.ts';
import { isCoseMessage } from '../cose-message.ts';
import { hexOf } from '../bytes.ts';
import { Exit, PublishError } from '../errors.ts';
import { fileTrouble, readBytes, readText } from '../files.ts';
import { isPublishedKey } from '../keys.ts';
import { isLmsKey, signaturesLeft } from '../lms/key-file.ts';
import { parametersText } from '../lms/parameters.ts';
import { stateLoad } from '../lms/state.ts';
import { bar, glyphs } from '../picture.ts';
import type { Part } from '../picture.ts';
import { latestParse } from '../publish.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import { journalFind, journalRead } from '../read-journal.ts';
import { slotRead, slotsFind } from '../read-slot.ts';
import type { FoundSlot } from '../read-slot.ts';
import { numberParse, optionalNumber, optionalText, several, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;

const together = (parts: readonly Description[]): Description => ({
  rows: parts.flatMap((part) => part.rows),
  text: parts.map((part) => part.text).join('\n\n'),
});

const describePayload = (bytes: Uint8Array, file: string): Description =>
  describeIndex(indexRead(bytes, file), bytes.length);

const describeBundle = (bytes: Uint8Array, end: number, file: string): Description => {
  const view = envelopeRead(bytes.subarray(0, end), file);
  const envelope = describeEnvelope(view);
  const rest = bytes.subarray(end);
  if (rest.length === 0) return envelope;
  if (startsWith(rest, 'FXI1')) return together([envelope, describePayload(rest, file)]);
  const encrypted = view.manifest.encryption.info !== undefined;
  const text = lines([['payload', `${thousands(rest.length)} bytes, ${encrypted ? 'encrypted' : 'plain'}`]]);
  const row = { kind: 'payload', size: rest.length, framed: false, encrypted };
  return together([envelope, { rows: [row], text }]);
};

/** What a private HSS/LMS key can still do. */
const hashBased = (file: string): { left: number; parameters: string } | undefined => {
  if (!isLmsKey(readText(file, 'FILE'))) return undefined;
  const state = stateLoad(file);
  return { left: signaturesLeft(state), parameters: parametersText(state.parameters) };
};

const describeAnchor = (file: string): Description => {
  const anchor = anchorLoad(file);
  const published = isPublishedKey(publicKeyOfAnchor(anchor));
  const pairs: [string, string][] = Object.entries(anchor).map(([name, value]) => [name, String(value)]);
  if (published) pairs.push(['warning', 'a published test key: anybody can sign with it']);
  const { left, parameters } = hashBased(file) ?? {};
  if (parameters !== undefined) pairs.push(['parameters', parameters]);
  if (left !== undefined) pairs.push(['left', `${thousands(left)} signatures`]);
  const more = { ...(parameters !== undefined && { parameters }), ...(left !== undefined && { left }) };
  return { rows: [{ kind: 'anchor', ...anchor, published, ...more }], text: lines(pairs) };
};

/** Never the secret itself. */
const describeDeviceKey = (content: string, file: string): Description => {
  const key = keyFileParse(content, file);
  const secret = isDeviceKey(key);
  const row = { kind: 'device key', algorithm: key.kind, keyId: hexOf(key.keyId), secret };
  const what = secret ? 'device key, secret' : 'recipient, the public half of a device key';
  return {
    rows: [row],
    text: lines([
      [key.kind, what],
      ['key id', hexOf(key.keyId)],
    ]),
  };
};

const describeText = (bytes: Uint8Array, file: string): Description => {
  const content = Buffer.from(bytes).toString('utf8');
  if (isKeyFile(content)) return describeDeviceKey(content, file);
  if (!content.includes('"manifestDigest"')) return describeAnchor(file);
  const latest = latestParse(content, file);
  const { payloads, ...facts } = latest;
  const pairs = Object.entries(facts).map(([name, value]): [string, string] => [name, String(value)]);
  return {
    rows: [{ kind: 'latest', ...facts, payloads: payloads.map((one) => one.file) }],
    text: lines(pairs),
  };
};

interface Range {
  readonly from: number;
  readonly to: number;
}

/** `offset:length`, each as a number or 0x hex, with k or m. */
const rangeParse = (value: string, option: string, size: number): Range => {
  const [offset = '', length = ''] = value.split(':');
  const from = numberParse(offset, option);
  const to = from + numberParse(length, option);
  if (from < to && to <= size) return { from, to };
  const remedy = `Give offset:length inside the file of ${size} bytes`;
  throw new PublishError(`${value} is not inside`, { field: `--${option}`, remedy, exit: Exit.Usage });
};

const slotsOf = (
  bytes: Uint8Array,
  options: Options,
): (Range & { slot: FoundSlot['slot'] | undefined })[] => {
  const given = texts(options, 'slot').map((value) => rangeParse(value, 'slot', bytes.length));
  if (given.length === 0) return slotsFind(bytes);
  return given.map((range) => ({ ...range, slot: slotRead(bytes.subarray(range.from, range.to)) }));
};

const DefaultSector = 4096;

const describeFlash = async (
  bytes: Uint8Array,
  file: string,
  options: Options,
): Promise<Description | undefined> => {
  const sector = optionalNumber(options, 'sector') ?? DefaultSector;
  const slots = slotsOf(bytes, options);
  const journalText = optionalText(options, 'journal');
  const journal =
    journalText === undefined ? journalFind(bytes, sector) : rangeParse(journalText, 'journal', bytes.length);
  if (slots.length === 0 && !journal) return undefined;
  const parts: Part[] = slots.map(({ from, to }) => ({ name: 'slot', from, to, ...glyphs.image }));
  slots.forEach(({ from, to, slot }, at) => {
    const name = at === 0 ? 'A' : at === 1 ? 'B' : String(at);
    parts[at] = { name, from, to: slot ? to : from, glyph: name, paint: glyphs.image.paint };
  });
  if (journal) parts.push({ name: 'journal', ...journal, ...glyphs.journal });
  const whole = `${basename(file)}  ${thousands(bytes.length)} bytes\n${bar(bytes.length, parts)}\nA, B slots  J boot journal  \u00b7 the rest`;
  const all: Description[] = [
    { rows: [{ kind: 'flash', size: bytes.length, slots: slots.length }], text: whole },
  ];
  slots.forEach(({ from, to, slot }, at) => {
    const name = `slot ${at === 0 ? 'A' : at === 1 ? 'B' : at}`;
    if (slot) all.push(describeSlot(slot, name, from));
    else
      all.push({
        rows: [{ kind: 'slot', name, from, size: to - from, good: false }],
        text: `${name}  no complete tail`,
      });
  });
  if (journal)
    all.push(describeJournal(journalRead(bytes.subarray(journal.from, journal.to), sector), journal.from));
  return together(all);
};

const UNKNOWN = 'nothing in it is known';

const describeFile = async (file: string, options: Options): Promise<Description> => {
  const bytes = readBytes(file, 'FILE');
  if (startsWith(bytes, 'FXI1')) return describePayload(bytes, file);
  if (startsWith(bytes, '-----BEGIN') || startsWith(bytes, '{')) return describeText(bytes, file);
  if (isCoseMessage(bytes)) return describeMessage(bytes, file);
  const end = envelopeEnd(bytes);
  if (!Number.isNaN(end)) return describeBundle(bytes, end, file);
  const slot = texts(options, 'slot').length === 0 ? slotRead(bytes) : undefined;
  const alone = slot && slot.blocksHold[0] ? describeSlot(slot, basename(file)) : undefined;
  const flash = alone ?? (await describeFlash(bytes, file, options));
  if (flash) return flash;
  const remedy =
    'Give an envelope, bundle, payload, key, anchor, statement, report or latest.json; for a dump of flash say where things are: --slot, --journal';
  throw new PublishError(UNKNOWN, { file, field: 'FILE', remedy });
};

/** In a folder what is not known may be a payload: a plain one, or an encrypted one. */
const describeAmong = async (file: string, options: Options): Promise<Description> => {
  try {
    return await describeFile(file, options);
  } catch (error) {
    if (!(error instanceof PublishError) || error.what !== UNKNOWN) throw error;
    const size = readBytes(file, 'FILE').length;
    const text = lines([['unknown', `${thousands(size)} bytes; a plain or an encrypted payload?`]]);
    return { rows: [{ kind: 'unknown', size }], text };
  }
};

const filesOf = (path: string): string[] => {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const known =
      /\.(suit|bundle|flash|bin|statement|report)$|\.(anchor|recipient|device-key)\.json$|^latest\.json$/;
    return readdirSync(path)
      .filter((name) => known.test(name))
      .map((name) => join(path, name));
  } catch (error) {
    throw fileTrouble(error, path, 'FILE', 'Give a file that can be read');
  }
};

export const inspect: Verb = {
  example: 'flipside inspect out/update.suit',
  define(command) {
    command.argument(
      '<file>',
      'envelope, bundle, payload, slot, flash dump, key, anchor, statement, report, latest.json; or a folder of them',
    );
    several(command, '--slot <offset:length>', 'where a slot lies in the dump; give it once for each');
    command
      .option('--journal <offset:length>', 'where the boot journal lies in the dump')
      .option('--sector <bytes>', 'erase sector of the journal', String(DefaultSector));
  },
  async run([given], options) {
    const files = filesOf(given as string);
    if (files.length === 0) {
      const remedy = 'Give a folder of flipside pack or publish, or one file';
      throw new PublishError('nothing in it is known', { file: given as string, field: 'FILE', remedy });
    }
    if (files.length === 1) return describeFile(files[0] as string, options);
    const all: Description[] = [];
    for (const file of files) {
      const one = await describeAmong(file, options);
      all.push({ rows: one.rows.map((row) => ({ file, ...row })), text: `== ${file}\n${one.text}` });
    }
    return together(all);
  },
};
