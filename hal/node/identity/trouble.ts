/** Why a key store, its key file or a ledger cannot be used. Never holds a secret. */
export class IdentityError extends Error {
  readonly file: string;
  readonly remedy: string;

  constructor(file: string, what: string, remedy: string) {
    super(`${file}: ${what}. ${remedy}`);
    this.name = 'IdentityError';
    this.file = file;
    this.remedy = remedy;
  }
}
