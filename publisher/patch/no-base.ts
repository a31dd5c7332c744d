/** Of a patch that needs no base: what the manifest has for its digest, and the image that stands for it. */
export const NoBase: Uint8Array = new Uint8Array(32);

export const NoImage: Uint8Array = new Uint8Array(0);

export const isNoBase = (digest: Uint8Array): boolean => digest.every((byte) => byte === 0);
