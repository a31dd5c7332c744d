/**
 * The numbers of the patch coding: docs/SPEC.md section 9. Imports nothing, so that a bundler can put them in place of
 * their names.
 */

export const PATCH_VERSION = 1;
/** Bytes of a piece: what is proven at a time. */
export const PIECE_MAX = 2048;
/** Of a piece that is not the last of its run, the first bytes: the digest of the next. */
export const PIECE_DIGEST = 16;
/** No token takes more bytes than this. */
export const TOKEN_MAX = 64;
export const UNITS_MAX = 32;
export const COPIES_MAX = 256;
/** Digest of what a unit makes, cut short: it only steers where to go on. */
export const UNIT_DIGEST = 8;

// Where things are in the tables that a decoder keeps: few arrays, because each one costs a device 120 bytes beside its own.
/** The head's places, u32: for each unit and its end where it starts in the new image, then in the payload. */
export const PLACES_OFFSET: number = UNITS_MAX + 1;
export const PLACES_MAX: number = 2 * PLACES_OFFSET;
/** Its digests: for each unit of its first piece, then of what it makes, and that of the piece that comes next. */
export const DIGESTS_MADE: number = UNITS_MAX * PIECE_DIGEST;
export const DIGESTS_NEXT: number = DIGESTS_MADE + UNITS_MAX * UNIT_DIGEST;
export const DIGESTS_MAX: number = DIGESTS_NEXT + PIECE_DIGEST;
/** The copy map, u32: for each copy its offset in the new image, then in the old one, then its bytes. */
export const COPY_OLD: number = COPIES_MAX;
export const COPY_LENGTH: number = 2 * COPIES_MAX;

/** First byte of the head: the version in its high half, and these. */
export const FLAG_MAPPED = 1;
export const FLAG_THUMB = 2;
export const FLAG_RESIDUAL = 4;
export const FLAG_ALIGNED = 8;
export const FLAGS_ALL = 15;
/**
 * Second byte: the bits of the byte before that choose a literal's tree, whether references are those of RISC-V, whether
 * literals are plain bits instead, and whether the one unit is in this piece.
 */
export const LITERAL_BITS_MASK = 3;
export const FLAG_RISCV = 0x20;
export const FLAG_PLAIN = 0x40;
export const FLAG_INLINE = 0x80;
export const BASE_SHIFT = 8;

// The coder: probabilities of a 0 in 12 bits, over the number of times that the context was met, in 4 bits.
export const RANGE_FIRST = 0x7fffffff;
export const RANGE_LEAST = 0x800000;
export const PROBABILITY_BITS = 12;
export const COUNT_BITS = 4;
export const CONTEXT_FIRST = 0x8000;

// Classes of a token, of which the last two are the state.
export const CLASS_LITERAL = 0;
export const CLASS_ALIGNED = 1;
export const CLASS_OTHER = 2;
export const STATES = 9;

// Kinds of token: the way through the bits of KIND.
export const KIND_LITERAL = 0;
export const KIND_ALIGNED = 1;
export const KIND_BEFORE = 2;
export const KIND_JUMP = 3;
export const KIND_NEAR = 4;
export const KIND_REPEAT = 5;

/** Least length by kind. */
export const LENGTH_LEAST: readonly number[] = [1, 1, 2, 2, 2, 1];
/** Which tree codes the length, by kind. */
export const LENGTH_TREE: readonly number[] = [0, 0, 1, 1, 2, 2];

// Slots of lengths: up to 15 themselves, then four an octave. Of distances: up to 3 themselves, then two an octave.
export const LENGTH_SLOT_BITS = 7;
export const LENGTH_EXACT = 16;
/** The highest slot that a length has: 2^23 and more is none. */
export const LENGTH_SLOT_MAX = 91;
export const DISTANCE_SLOT_BITS = 6;
export const DISTANCE_EXACT = 4;
/** The highest slot of a distance: below 2^24. */
export const DISTANCE_SLOT_MAX = 47;
/** Low bits that are modelled. */
export const LOW_BITS = 4;

// Contexts, one after another.
export const MATCH_AT = 0;
export const KIND_AT: number = MATCH_AT + STATES * 4;
export const LENGTH_AT: number = KIND_AT + STATES * 4;
export const SIGN_AT: number = LENGTH_AT + 3 * (1 << LENGTH_SLOT_BITS);
export const JUMP_AT: number = SIGN_AT + 1;
/** Slot, low bits of the slots that have one to four, and the lowest four of the others. */
export const DISTANCE_CONTEXTS: number = (1 << DISTANCE_SLOT_BITS) + 8 * 16 + 16;
export const NEAR_AT: number = JUMP_AT + DISTANCE_CONTEXTS;
/** Of four lengths a slot tree of its own; the low bits are shared. */
export const NEAR_LENGTHS = 4;
export const AFTER_AT: number = NEAR_AT + (NEAR_LENGTHS - 1) * (1 << DISTANCE_SLOT_BITS) + DISTANCE_CONTEXTS;
/** Literals after a byte: two trees for the bit of that byte; or three of residuals, by the class before. */
export const AFTER_CONTEXTS = 768;
export const LITERAL_AT: number = AFTER_AT + AFTER_CONTEXTS;
export const LITERAL_BITS_MAX = 1;
export const CONTEXTS_MAX: number = LITERAL_AT + (256 << LITERAL_BITS_MAX);

// Contexts of the copy map, in the same memory, before the first unit.
export const MAP_GAP_AT = 0;
export const MAP_LENGTH_AT: number = MAP_GAP_AT + DISTANCE_CONTEXTS;
export const MAP_SIGN_AT: number = MAP_LENGTH_AT + DISTANCE_CONTEXTS;
export const MAP_SHIFT_AT: number = MAP_SIGN_AT + 1;
