import type { PartialErase, Torn } from './faults.ts';

/** Where the power goes. */
export interface CutPlan {
  /** Which operation, counted from the call of `cutAt` over all flash of the board: 0 is the next one. */
  readonly operation: number;
  readonly where: 'before' | 'inside' | 'after';
  /**
   * Which program unit of the operation is torn (default 0; past the end: the last). Units before it are programmed,
   * those after it untouched.
   */
  readonly unit?: number | undefined;
  /** What the torn unit holds. Default mixed. */
  readonly torn?: Torn | undefined;
  /** What the sector of a cut erase holds. Default mixed. */
  readonly erase?: PartialErase | undefined;
  /** Picks the bits of a mix. Default 1. */
  readonly seed?: number | undefined;
}

/** One erase of a sector, or one program of a page or less. */
export interface Operation {
  readonly device: string;
  readonly kind: 'program' | 'erase';
  readonly offset: number;
  readonly length: number;
  /** Program units; 1 for an erase. */
  readonly units: number;
  /** Of a program: what is to be written; a view that is good during the call. */
  readonly bytes?: Uint8Array | undefined;
}

/** Thrown by every flash call without power. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
  constructor() {
    super('the board has no power');
  }
}

/** The power of one board. All its flash shares it: a cut stops all, and operations count over all. */
export class PowerSupply {
  powered = true;
  /** Whether the plan of the last `cutAt` has been carried out. */
  cutFired = false;
  /** Operations begun since this object was made; one cut `before` never began. */
  operations = 0;
  /** Told of every operation before it begins, cut ones too. */
  trace: ((operation: Operation) => void) | null = null;
  #plan: CutPlan | null = null;
  #cutOperation = -1;

  /** Plans one cut, in place of any planned before. */
  cutAt(plan: CutPlan): void {
    if (!(Number.isInteger(plan.operation) && plan.operation >= 0)) {
      throw new RangeError(`a cut at operation ${plan.operation} would never fire`);
    }
    this.#plan = plan;
    this.#cutOperation = this.operations + plan.operation;
    this.cutFired = false;
  }

  /** Drops a planned cut that has not fired. */
  cancelCut(): void {
    this.#plan = null;
  }

  powerOff(): void {
    this.powered = false;
  }

  powerOn(): void {
    this.powered = true;
  }

  /** Throws unless there is power. */
  check(): void {
    if (!this.powered) throw new PowerCut();
  }

  /** For the flash: begins an operation. The plan when it is to be cut inside or after, else null. */
  begin(operation: Operation | null): CutPlan | null {
    this.check();
    if (this.trace !== null && operation !== null) this.trace(operation);
    const plan = this.#plan;
    if (plan === null || this.operations !== this.#cutOperation) {
      this.operations++;
      return null;
    }
    if (plan.where === 'before') this.cut();
    this.operations++;
    return plan;
  }

  /** For the flash: the planned cut happens now. */
  cut(): never {
    this.#plan = null;
    this.cutFired = true;
    this.powered = false;
    throw new PowerCut();
  }
}
