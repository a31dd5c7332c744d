/**
 * Counts the variables of Espruino that an update takes: `.bootrst` with a probe in it. What the empty interpreter and
 * the probe take is counted before anything else runs, and left out; the application of the example is not.
 */
import { BootFile } from '../../hal/espruino/build/bundle.ts';

/** Begins a line of the probe: what was counted, and how many there are. */
const Counted = '#variables ';
const Size = 'bytes in a variable';
const Open = 'agent open';
/** After a garbage collection. */
const Between = 'most between two steps';
/** Whenever a function is looked up; with garbage, of which there is little. */
const Within = 'most within a step';

const probe = `var $most={b:0,w:0},$base=0;
function $print(what,n){print("${Counted}"+what+": "+n)}
function $count(c){return process.memory(c).usage-$base}
function $note(k,n,what){if(n>$most[k]){$most[k]=n;$print(what,n)}}
function $step(i){$note("w",$count(false),"${Within}");return $held(i)}
setInterval(function(){$note("b",$count(true),"${Between}")},1);
$base=$count(true);
$print("${Size}",process.memory().blocksize);
`;

/** The files of a board, with the probe. */
export const probed = (files: ReadonlyMap<string, string>): Map<string, string> => {
  const boot = files.get(BootFile)!;
  const text = boot
    .replace(/\nflipside=/, '\nvar $held=$fs;$fs=$step;\nflipside=')
    .replace('eval(flipside.image())', `$print("${Open}",$count(true));\neval(flipside.image())`);
  return new Map([...files, [BootFile, probe + text]]);
};

/** Keeps the largest figure of each kind. Whether the line was one of the probe's. */
export const countTake = (counts: Map<string, number>, line: string): boolean => {
  const [, what, n] = /#variables (.*): (\d+)$/.exec(line) ?? [];
  if (what === undefined) return false;
  counts.set(what, Math.max(counts.get(what) ?? 0, Number(n)));
  return true;
};
