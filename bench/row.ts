/** One figure. Every goal says "at most". */
export interface Row {
  readonly metric: string;
  /** The board profile, where the figure depends on it. */
  readonly board: string | null;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly met: boolean | null;
}

/** A figure, with the most it may be where there is a goal. */
export const row = (
  metric: string,
  value: number,
  unit: string,
  more: { readonly board?: string; readonly goal?: number } = {},
): Row => {
  const { board = null, goal = null } = more;
  return { metric, board, value, unit, goal, met: goal === null ? null : value <= goal };
};

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
