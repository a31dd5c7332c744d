/** The laws of a rollout in drawn fleets; test/slow draws more of them. */
import test from 'ava';
import { lawsHold } from './_rollout-laws.ts';

test('pairs, groups, lines and stops hold, whatever comes in whatever order', (t) => lawsHold(t, 80));
