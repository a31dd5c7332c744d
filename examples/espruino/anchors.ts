/** Whom this board trusts, and what it is. Made anew for a product, with its own keys: `flipside keygen`. */
export interface AnchorText {
  readonly keyId: string;
  readonly algorithm: number;
  readonly key: string;
}

export const VENDOR = '';
export const CLASS = '';
export const ANCHORS: readonly AnchorText[] = [];
