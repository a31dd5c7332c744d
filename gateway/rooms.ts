/** What is open, closed in the other order, each of it whatever becomes of the others. */
export interface Room {
  close(): unknown;
}

export class Rooms {
  readonly #open: Room[] = [];

  add<T extends Room>(room: T): T {
    this.#open.push(room);
    return room;
  }

  /** Throws the first error, behind all of them. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let room = this.#open.pop(); room !== undefined; room = this.#open.pop()) {
      try {
        await room.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
