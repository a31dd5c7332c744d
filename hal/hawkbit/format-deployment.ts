/**
 * What a server assigns (`GET .../deploymentBase/ID`), and what it asks the owner's word for (`GET .../confirmationBase/ID`):
 * an action, how to go about it, and files in chunks (hawkBit: software modules).
 *
 *   {"id":"8","deployment":{"download":"forced","update":"skip","maintenanceWindow":"unavailable","chunks":[
 *     {"part":"os","version":"1.2","name":"lamp","artifacts":[
 *       {"filename":"update.suit","size":901,"hashes":{"sha256":"..."},"_links":{"download-http":{"href":"..."}}}]}]}}
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { idRead } from './format-action.ts';
import { linkOf } from './format-base.ts';
import { jsonList, jsonObject, jsonRead, jsonText } from './json.ts';
import type { JsonObject } from './json.ts';

/** How a server wants download, or update. */
export const Handling = { Skip: 0, Attempt: 1, Forced: 2 } as const;
const HANDLINGS: readonly string[] = ['skip', 'attempt', 'forced'];

/** Whether it may be installed now, by the server's calendar. */
export const Window = { None: 0, Available: 1, Unavailable: 2 } as const;
const WINDOWS: readonly string[] = ['', 'available', 'unavailable'];

export interface Artifact {
  readonly filename: string;
  /** Bytes; -1: not said. */
  readonly size: number;
  /** 64 digits of hex in small letters; '': not said. */
  readonly sha256: string;
  /** References of the links `download` and `download-http`; '': not there. hawkBit's own first is over TLS. */
  readonly download: string;
  readonly downloadHttp: string;
}

export interface Deployment {
  id: string;
  /** Of Handling. */
  download: number;
  update: number;
  /** Of Window. */
  window: number;
  /** What the server calls it: name and version of the chunk that has the envelope, or of the first. */
  name: string;
  version: string;
  /** Of all chunks. */
  artifacts: readonly Artifact[];
  /** Of these, the one that is the envelope; -1: there is none, or more than one. */
  envelope: number;
}

export const CHUNKS_MAX = 16;
export const ARTIFACTS_MAX = 64;
export const FILENAME_MAX = 255;
/** Of an envelope's file name. */
export const ENVELOPE_SUFFIX = '.suit';
const WORD_MAX = 16;
const TITLE_MAX = 128;
const SHA256_DIGITS = 64;

export const deploymentNew = (): Deployment => ({
  id: '',
  download: Handling.Skip,
  update: Handling.Skip,
  window: Window.None,
  name: '',
  version: '',
  artifacts: [],
  envelope: -1,
});

/** The row of a word; `absent` where nothing is said, -1 where it is no row of the table. */
function wordRead(value: unknown, words: readonly string[], absent: number): number {
  if (value === undefined || value === null) return absent;
  const word = jsonText(value, WORD_MAX);
  return word === '' ? -1 : words.indexOf(word);
}

function digestRead(value: unknown): string {
  const text = jsonText(value, SHA256_DIGITS).toLowerCase();
  if (text.length !== SHA256_DIGITS) return '';
  for (let i = 0; i < text.length; i++) if ('0123456789abcdef'.indexOf(text.charAt(i)) < 0) return '';
  return text;
}

/** A name of a file, and no path; undefined: it has none. */
function artifactRead(value: unknown): Artifact | undefined {
  const found = jsonObject(value);
  const filename = found ? jsonText(found.filename, FILENAME_MAX) : '';
  if (!found || filename === '' || filename.indexOf('/') >= 0 || filename.indexOf('\\') >= 0)
    return undefined;
  const hashes = jsonObject(found.hashes);
  const size = found.size;
  return {
    filename: filename,
    size: typeof size === 'number' && size >= 0 && size % 1 === 0 ? size : -1,
    sha256: hashes ? digestRead(hashes.sha256) : '',
    download: linkOf(found, 'download'),
    downloadHttp: linkOf(found, 'download-http'),
  };
}

export const isEnvelope = (filename: string): boolean =>
  filename.length > ENVELOPE_SUFFIX.length &&
  filename.substring(filename.length - ENVELOPE_SUFFIX.length) === ENVELOPE_SUFFIX;

/** Adds what a chunk has to `into.artifacts`. False: it cannot be. */
function chunkRead(into: Deployment, list: Artifact[], chunk: JsonObject): boolean {
  const files = chunk.artifacts === undefined || chunk.artifacts === null ? [] : chunk.artifacts;
  const artifacts = jsonList(files, ARTIFACTS_MAX - list.length);
  if (!artifacts) return false;
  let named = into.name === '';
  for (const one of artifacts) {
    const artifact = artifactRead(one);
    if (!artifact) return false;
    if (isEnvelope(artifact.filename)) {
      into.envelope = into.envelope === -1 ? list.length : -2;
      named = true;
    }
    list.push(artifact);
  }
  if (named) {
    into.name = jsonText(chunk.name, TITLE_MAX);
    into.version = jsonText(chunk.version, TITLE_MAX);
  }
  return true;
}

/** Reads a deployment or, where `confirmation`, what is to be confirmed. Ok, or SourceMalformed, and `into` is no one's. */
export function deploymentRead(into: Deployment, text: string, confirmation: boolean): number {
  const found = jsonRead(text);
  const body = found && jsonObject(confirmation ? found.confirmation : found.deployment);
  const chunks = body && jsonList(body.chunks, CHUNKS_MAX);
  if (!found || !body || !chunks) return Err.SourceMalformed;
  into.id = idRead(found.id);
  into.download = wordRead(body.download, HANDLINGS, Handling.Attempt);
  into.update = wordRead(body.update, HANDLINGS, Handling.Attempt);
  into.window = wordRead(body.maintenanceWindow, WINDOWS, Window.None);
  if (into.id === '' || into.download < 0 || into.update < 0 || into.window < 0) return Err.SourceMalformed;
  const list: Artifact[] = [];
  into.name = '';
  into.version = '';
  into.envelope = -1;
  for (const one of chunks) {
    const chunk = jsonObject(one);
    if (!chunk || !chunkRead(into, list, chunk)) return Err.SourceMalformed;
  }
  if (into.envelope < 0) into.envelope = -1;
  into.artifacts = list;
  return Ok;
}

/** Whether it may be installed now: by the action's kind, and by the server's calendar. */
export const mayInstall = (deployment: Deployment): boolean =>
  deployment.update !== Handling.Skip && deployment.window !== Window.Unavailable;
