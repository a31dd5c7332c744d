import { anchorLoad, publicKeyOfAnchor } from '../anchors.ts';
import { lines } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { concat, hexOf, sameBytes } from '../bytes.ts';
import {
  addSignature,
  protectedHeader,
  signatureInput,
  signaturesBlank,
  signatureTake,
  signManifest,
} from '../envelope.ts';
import type { Signature } from '../envelope.ts';
import { Exit, PublishError } from '../errors.ts';
import { readBytes, writeWhole } from '../files.ts';
import { PlainSignature, refusePublishedKey, signatureHolds } from '../keys.ts';
import type { PublicKey, SigningKey } from '../keys.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import type { EnvelopeView } from '../read-envelope.ts';
import { keysOf, leftLines, leftOf } from './pack.ts';
import { flag, optionalText, several, text, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const publicKey = (options: Options): PublicKey => {
  const file = text(options, 'anchor', 'Give the anchor file or the public key (PEM) of the key that signs');
  const known = publicKeyOfAnchor(anchorLoad(file));
  if (!flag(options, 'allow-test-keys')) refusePublishedKey(known, file);
  return known;
};

/** The signature's bytes, or the same in hex or base64, as key services hand it out. */
const signatureFile = (file: string, { algorithm }: PublicKey): Uint8Array => {
  const bytes = readBytes(file, '--signature');
  // One of HSS begins with the high byte of a small number, which no text does; its key says how long it is.
  const fits = (one: Uint8Array): boolean =>
    algorithm === 'hss-lms' ? one[0] === 0 : one.length === PlainSignature;
  if (fits(bytes)) return bytes;
  const written = Buffer.from(bytes).toString('latin1').trim();
  const decoded = Buffer.from(written, /^[0-9a-f]+$/i.test(written) ? 'hex' : 'base64');
  if (fits(decoded)) return new Uint8Array(decoded);
  const remedy =
    'Give it raw, in hex or in base64: 64 bytes, for ECDSA r and s, not DER; for HSS/LMS as RFC 8554 has it';
  throw new PublishError('not a signature', { file, field: '--signature', remedy });
};

/** A signature beside others names its key, so that a device without that anchor can pass it over. */
const withKeyId = (view: EnvelopeView, options: Options): boolean =>
  flag(options, 'with-key-id') || view.signatures.length > 0;

const request = (view: EnvelopeView, options: Options): Answer => {
  const known = publicKey(options);
  const bytes = signatureInput(view.digest, protectedHeader(known, withKeyId(view, options)));
  const out = optionalText(options, 'out');
  if (out !== undefined) writeWhole(out, bytes, '--out');
  const row = {
    toBeSigned: hexOf(bytes),
    algorithm: known.algorithm,
    keyId: hexOf(known.keyId),
    file: out ?? null,
  };
  return {
    rows: [row],
    text: out === undefined ? hexOf(bytes) : `written  ${out}, ${bytes.length} bytes to be signed`,
  };
};

const refuseTwice = (view: EnvelopeView, known: PublicKey, file: string): void => {
  const there = view.signatures.some((one) =>
    one.keyId
      ? sameBytes(one.keyId, known.keyId)
      : signatureHolds(known, signatureInput(view.digest, one.protected), one.signature),
  );
  if (!there) return;
  const remedy = 'A device counts distinct keys; sign with another one';
  throw new PublishError(`${hexOf(known.keyId)} has signed already`, { file, field: 'signature', remedy });
};

interface Made {
  readonly known: PublicKey | SigningKey;
  readonly made: Signature;
}

const signaturesOf = (view: EnvelopeView, options: Options, file: string): Made[] => {
  const external = optionalText(options, 'signature');
  if (external !== undefined) {
    const known = publicKey(options);
    const taken = signatureTake(
      view.digest,
      known,
      signatureFile(external, known),
      withKeyId(view, options),
      external,
    );
    refuseTwice(view, known, file);
    return [{ known, made: taken }];
  }
  const keys = keysOf(options);
  // Before signing: with HSS/LMS a signature that is refused afterwards is one less.
  for (const key of keys) refuseTwice(view, key, file);
  const named = withKeyId(view, options) || keys.length > 1;
  let room = view.bytes;
  for (const blank of signaturesBlank(keys, { withKeyId: named })) room = addSignature(room, blank, file);
  const made = signManifest(view.digest, keys, {
    withKeyId: named,
    allowTestKeys: flag(options, 'allow-test-keys'),
  });
  return made.map((one, at) => ({ known: keys[at] as PublicKey, made: one }));
};

export const sign: Verb = {
  example: `flipside sign out/update.suit --key keys/second.pem
  flipside sign out/update.suit --request --anchor keys/hsm.anchor.json --out request.bin
  flipside sign out/update.suit --signature signature.bin --anchor keys/hsm.anchor.json`,
  define(command) {
    command.argument('<file>', 'envelope or bundle');
    several(command, '--key <file>', 'private key (PEM, or of HSS/LMS)');
    command
      .option('--request', 'prints the bytes to be signed, in hex; with --out writes them')
      .option('--signature <file>', 'takes a signature that was made elsewhere: raw, hex or base64')
      .option('--anchor <file>', 'public half of the key that signs elsewhere')
      .option('--with-key-id', 'names the key in the signature (default: when it is not the only one)')
      .option('--allow-test-keys', 'takes a published test key')
      .option('--out <file>', 'where to write (default: over the file that was given)');
  },
  run([given], options) {
    const file = given as string;
    const bytes = readBytes(file, 'FILE');
    const end = envelopeEnd(bytes);
    let envelope = Number.isNaN(end) ? bytes : bytes.subarray(0, end);
    const view = envelopeRead(envelope, file);
    if (!view.digestHolds) {
      const remedy = 'The manifest was changed after it was packed; pack it again';
      throw new PublishError('not the digest of the manifest', { file, field: 'manifest digest', remedy });
    }
    if (flag(options, 'request')) {
      if (optionalText(options, 'signature') !== undefined || texts(options, 'key').length > 0) {
        const remedy = 'Ask with --request first, then come back with --signature';
        throw new PublishError('does not go with --signature or --key', {
          field: '--request',
          remedy,
          exit: Exit.Usage,
        });
      }
      return request(view, options);
    }
    const added = signaturesOf(view, options, file);
    for (const { made } of added) {
      envelope = addSignature(envelope, made, file);
    }
    const out = optionalText(options, 'out') ?? file;
    writeWhole(out, concat([envelope, Number.isNaN(end) ? new Uint8Array(0) : bytes.subarray(end)]), '--out');
    const count = view.signatures.length + added.length;
    const keyIds = added.map(({ known }) => hexOf(known.keyId));
    const signers = added.flatMap(({ known }) => ('sign' in known ? [known] : []));
    const signaturesLeft = leftOf(signers).map(({ left }) => left);
    return {
      rows: [{ file: out, signatures: count, keyIds, envelope: envelope.length, signaturesLeft }],
      text: lines([
        ['written', `${out}, envelope of ${envelope.length} bytes`],
        ['signed by', keyIds.join(', ')],
        ['signatures', count],
        ...leftLines(signers),
      ]),
    };
  },
};
