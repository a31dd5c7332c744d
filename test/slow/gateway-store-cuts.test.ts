/** The store of the gateway, the power off before each operation of its files: more draws of what is lost. */
import test from 'ava';
import { powerCuts } from '../gateway/_store-cuts.ts';

test('power off before each operation, and what was not flushed is lost', (t) => powerCuts(t, 10));
