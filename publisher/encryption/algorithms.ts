/** The algorithms of encrypted payloads by name and COSE number, and their lengths (docs/SPEC.md section 10). */
export type ContentAlgorithm = 'chacha20-poly1305' | 'aes-128-gcm';

export interface ContentFacts {
  readonly cose: number;
  readonly keyLength: number;
}

export const contentAlgorithms: Readonly<Record<ContentAlgorithm, ContentFacts>> = {
  'chacha20-poly1305': { cose: 24, keyLength: 32 },
  'aes-128-gcm': { cose: 1, keyLength: 16 },
};

export const contentNames = Object.keys(contentAlgorithms) as ContentAlgorithm[];

/** The name of a COSE number; undefined for one that the profile does not have. */
export const contentNamed = (cose: unknown): ContentAlgorithm | undefined =>
  contentNames.find((name) => contentAlgorithms[name].cose === cose);

/** What a key that a content key is wrapped for is. */
export type RecipientKind = 'a128kw' | 'x25519' | 'p256';

export const recipientKinds: readonly RecipientKind[] = ['x25519', 'p256', 'a128kw'];

export const KeyWrap = -3;
export const EphemeralKeyWrap = -29;
/** The length of the key that wraps: of A128KW. */
export const WrapKeyLength = 16;
/** What RFC 3394 adds to a key. */
export const WrapOverhead = 8;

export const TagLength = 16;
export const PieceLeast = 256;
export const PieceMost = 2048;
export const RecipientsMost = 8;
export const KeyIdMost = 32;

/** How long a payload is once it is encrypted. */
export const sealedLength = (size: number, piece: number): number =>
  size + TagLength * Math.ceil(size / piece);
