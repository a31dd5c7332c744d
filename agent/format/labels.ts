/**
 * The numbers of CBOR, COSE and SUIT. This file imports nothing: only then does a bundler put the numbers in place of
 * their names. Elsewhere a constant is a variable, and takes a slot of the stack in each call that uses it.
 */

/** Major types. */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;
/** Arguments of SIMPLE. */
export const FALSE = 20;
export const TRUE = 21;
export const NULL = 22;

export const ENVELOPE_MAX = 4096;
export const ENVELOPE_TAG = 107;
export const ENVELOPE_ENTRIES_MAX = 12;
export const PAYLOADS_MAX = 4;
export const DIGEST_LENGTH = 32;
export const HASH_SIGN = 0x23;
/** Whole items. */
export const CBOR_TRUE = 0xf5;
export const CBOR_NULL = 0xf6;

/** COSE algorithms. */
export const SHA_256 = -16;
export const ED25519 = -19;
export const ESP256 = -9;
export const ES256 = -7;
export const HSS_LMS = -46;
export const SIGN1_TAG = 18;
export const ENCRYPT_TAG = 96;
export const A128GCM = 1;
export const CHACHA20_POLY1305 = 24;
export const A128KW = -3;
export const ECDH_ES_A128KW = -29;
export const SIGNATURES_MAX = 4;
export const SIGNATURE_LENGTH = 64;
/** A SUIT_Digest with its head. */
export const DIGEST_ARRAY_LENGTH = 36;

/** Elements of the envelope that have a number. */
export const AUTHENTICATION = 2;
export const MANIFEST = 3;
/** Place of what is of an extension. */
export const FOREIGN = 0;

/** Places of the parameters: their labels, and from 28 on the private ones, -257 and below. */
export const VENDOR = 1;
export const CLASS = 2;
export const DIGEST = 3;
export const EXPIRY = 4;
export const SLOT = 5;
export const STRICT_ORDER = 12;
export const SOFT_FAILURE = 13;
export const SIZE = 14;
export const ENCRYPTION = 19;
export const URI = 21;
export const DEVICE = 24;
export const PRIORITY = 27;
export const FORMAT = 28;
export const ROOT = 29;
export const PAYLOAD_SIZE = 30;
export const SECURITY = 31;
export const MINIMUM = 32;
export const WINDOW = 33;
export const BASE = 34;
export const FIRST_PIECE = 35;
export const ENCRYPTED_PIECE = 36;
/** Not a parameter: where the URI ends. */
export const URI_END = 0;
/** Nor this: where the encryption info ends. */
export const ENCRYPTION_END = 6;
export const PLACES = 37;

/**
 * The runs of `Envelope.places`, one array for all that is found in an envelope: by key where an element starts, from
 * PLACE_ENDS on where it ends; by key where an element of the manifest starts; by place the parameters in force.
 */
export const ENVELOPE_KEYS = 24;
export const MANIFEST_KEYS = 25;
export const PLACE_ENDS: number = ENVELOPE_KEYS;
export const PLACE_ELEMENTS: number = PLACE_ENDS + ENVELOPE_KEYS;
export const PLACE_VALUES: number = PLACE_ELEMENTS + MANIFEST_KEYS;
export const PLACES_LENGTH: number = PLACE_VALUES + PLACES;
/** Behind them in the same bytes: the digest of the manifest, that of its image, the root of the payload's index. */
export const DIGESTS_AT: number = 2 * PLACES_LENGTH;
export const DIGESTS: number = 3 * DIGEST_LENGTH;
export const FOUND_LENGTH: number = DIGESTS_AT + DIGESTS;

/** Whether a manifest may ask which image runs: of a slot that is proven it does not matter any more. */
export const BASE_NOT_ASKED = 0;
export const BASE_NONE = 1;
export const BASE_UNKNOWN = 2;
/** It did, and has to be told. */
export const BASE_ASKED = 3;
export const BASE_KNOWN = 4;
/** The condition: its label as a command. */
export const BASE_IS = -263;
export const FORMAT_PLAIN = 0;
export const FORMAT_FRAMED = 1;
export const FORMAT_PATCH = 2;
export const ID_LENGTH = 16;
export const PRIVATE_FIRST = -257;

/** Bytes of plaintext in a piece of an encrypted payload. */
export const ENCRYPTED_PIECE_MIN = 256;
export const ENCRYPTED_PIECE_MAX = 2048;

/** What a parameter takes; from ID_LENGTH on, a byte string of that length. */
export const KIND_NUMBER = 1;
export const KIND_DIGEST = 2;
export const KIND_TEXT = 3;
export const KIND_FLAG = 4;
export const KIND_ARGUMENT = 5;
export const KIND_STRUCTURE = 6;

/** Keys of the manifest that are no sections, and of its common element, beside SHARED. */
export const VERSION = 1;
export const SEQUENCE = 2;
export const COMMON = 3;
export const TEXTS = 23;
export const COMPONENTS = 2;

/** Sections: the manifest's keys, and the shared sequence. */
export const SHARED = 4;
export const VALIDATE = 7;
export const INVOKE = 9;
export const PAYLOAD_FETCH = 16;
export const INSTALL = 20;

/** Commands. Conditions that compare a parameter have its label: VENDOR, CLASS, DIGEST, EXPIRY, SLOT, DEVICE. */
export const SET_COMPONENT = 12;
export const ABORT = 14;
export const TRY_EACH = 15;
export const OVERRIDE = 20;
export const FETCH = 21;
export const INVOKE_NOW = 23;
export const RUN_SEQUENCE = 32;
/** Sequences in sequences; a section is the first. Recursion goes no deeper, whatever the input. */
export const DEPTH_MAX = 4;
export const IMAGE_MAX = 0x7fffffff;
export const U32_MAX = 0xffffffff;
