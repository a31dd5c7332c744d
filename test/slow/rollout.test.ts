/** The laws of a rollout in many drawn fleets. */
import test from 'ava';
import { lawsHold } from '../gateway/_rollout-laws.ts';

test('pairs, groups, lines and stops hold, whatever comes in whatever order', (t) => lawsHold(t, 600));
