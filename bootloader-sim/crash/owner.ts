/**
 * Whose a broken law is: the agent's, or that of a bootloader of another make. What is the bootloader's is told apart,
 * with its trace: never counted as the agent's, and never hidden.
 */
import type { Planned } from './fault.ts';
import type { Violation } from './violation.ts';
import type { World } from './world.ts';

type Kind = NonNullable<World['profile']['control']>['kind'];

interface Excuse {
  readonly invariant: string;
  readonly kind: Kind;
  readonly when: (world: World) => boolean;
}

const worn = ({ bad }: World): boolean => bad.length > 0;

const EXCUSES: readonly Excuse[] = [
  // It stops at what it cannot copy.
  { invariant: 'never-neither', kind: 'mcuboot', when: worn },
  // It does not read back the old image that it has copied.
  { invariant: 'way-back-open', kind: 'mcuboot', when: worn },
  // It copies to a sector that takes no erase, and goes by what it reads there.
  { invariant: 'image-stands', kind: 'mcuboot', when: (world) => world.worn },
  // It starts the primary slot or nothing: there is no way from an image that rots to the other one.
  { invariant: 'never-neither', kind: 'mcuboot', when: ({ facts }) => facts.rotted },
];

/** `trace`: the faults that led to it. */
export const ofBootloader = (world: World, { invariant }: Violation, trace: readonly Planned[]): boolean => {
  const kind = world.profile.control?.kind;
  if (kind === undefined) return false;
  if (trace.some((planned) => planned.foreign === true)) return true;
  return EXCUSES.some(
    (excuse) => excuse.invariant === invariant && excuse.kind === kind && excuse.when(world),
  );
};
