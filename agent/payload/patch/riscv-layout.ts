/** Opcodes of RISC-V, bits 6..0, and what is kept of LUI: docs/SPEC.md 9.6. Imports nothing, for the bundler. */
export const LOAD = 0x03;
export const ADDI = 0x13;
export const STORE = 0x23;
export const LUI = 0x37;
export const BRANCH = 0x63;
export const JAL = 0x6f;

/** Bytes of the old image, from LUI on, in which the instruction that completes it is looked for. */
export const LUI_AHEAD = 40;
/** What a register holds counts for so many halfwords behind its LUI. */
export const LUI_KEPT = 64;
// By register: the halves of what LUI put there, and the place of that LUI in halfwords, 15 bits; below 0: nothing.
export const LUI_LOW = 32;
export const LUI_PLACE = 64;
export const PLACE_MASK = 0x7fff;
