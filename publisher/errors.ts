/** How the command ends: what a shell or a CI job branches on. */
export const Exit = { Done: 0, Refused: 1, Usage: 2, InputOutput: 3 } as const;

export interface Trouble {
  /** The file, or the argument, that it is about. */
  readonly file?: string | undefined;
  /** The field inside it. */
  readonly field?: string | undefined;
  /** What the reader can do about it. */
  readonly remedy?: string | undefined;
  readonly exit?: number | undefined;
}

/** The one error of the publisher: says where, what, and what to do; never shown with a stack trace. */
export class PublishError extends Error {
  readonly what: string;
  readonly file: string | undefined;
  readonly field: string | undefined;
  readonly remedy: string | undefined;
  readonly exit: number;

  constructor(what: string, trouble: Trouble = {}) {
    const place = [trouble.file, trouble.field].filter((part) => part !== undefined).join(': ');
    super((place ? `${place}: ` : '') + what + (trouble.remedy ? `. ${trouble.remedy}` : ''));
    this.name = 'PublishError';
    this.what = what;
    this.file = trouble.file;
    this.field = trouble.field;
    this.remedy = trouble.remedy;
    this.exit = trouble.exit ?? Exit.Refused;
  }
}

/** Runs what knows bytes only: an error that it has about one of `fields` gets the file that they came from. */
export const aboutFile = <T>(file: string, fields: readonly string[], run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PublishError) || error.file !== undefined) throw error;
    if (error.field === undefined || !fields.includes(error.field)) throw error;
    const { what, field, remedy, exit } = error;
    throw new PublishError(what, { file, field, remedy, exit });
  }
};
