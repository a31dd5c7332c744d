/** Distances of references: numbers of so many bits, the highest of which is the sign. */

export function signed(value: number, bits: number): number {
  return value >= 1 << (bits - 1) ? value - (1 << bits) : value;
}

export function fits(distance: number, bits: number): boolean {
  return distance >= -(1 << (bits - 1)) && distance < 1 << (bits - 1);
}
