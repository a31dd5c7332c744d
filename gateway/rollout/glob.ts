/** Globs over device ids: `*` any run of characters, `?` one. In time that grows with both lengths, whatever is given. */
export const globMatches = (glob: string, id: string): boolean => {
  let [at, from] = [0, 0];
  // Where the last star stands, and how far its run reaches.
  let [star, run] = [-1, 0];
  while (from < id.length) {
    if (at < glob.length && glob[at] === '*') {
      star = at++;
      run = from;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === id[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++run;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
};
