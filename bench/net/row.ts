/** One figure of the network bench. */
export interface NetRow {
  readonly metric: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly met: boolean | null;
}

export const atLeast = (metric: string, what: string, value: number, unit: string, goal: number): NetRow => ({
  metric,
  case: what,
  value,
  unit,
  goal,
  met: value >= goal,
});

export const atMost = (metric: string, what: string, value: number, unit: string, goal: number): NetRow => ({
  metric,
  case: what,
  value,
  unit,
  goal,
  met: value <= goal,
});

export const plain = (metric: string, what: string, value: number, unit: string): NetRow => ({
  metric,
  case: what,
  value,
  unit,
  goal: null,
  met: null,
});
