/** Elements. All text goes in as text: what devices and servers have written is never markup. */

type Child = Node | string;
type Attributes = Readonly<Record<string, string>>;

export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/** Throws where index.html has no such element. */
export const found = <Kind extends HTMLElement>(id: string, kind: { new (): Kind }): Kind => {
  const node = document.getElementById(id);
  if (node instanceof kind) return node;
  throw new Error(`index.html has no ${id}`);
};

/** Writes only what differs: what stays is not laid out again, nor read out again. */
export const setText = (node: Element, text: string): boolean => {
  if (node.textContent === text) return false;
  node.textContent = text;
  return true;
};

export const setAttribute = (node: Element, name: string, value: string): void => {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
};

export const setHidden = (node: HTMLElement, hidden: boolean): void => {
  if (node.hidden !== hidden) node.hidden = hidden;
};

/** Makes `wanted` the children of a parent, in this order; those that are there already stay, with their focus. */
export const setChildren = (parent: Element, wanted: readonly Element[]): void => {
  const kept = new Set(wanted);
  // `children` is live: what is to go is found before any of it goes.
  const gone = [...parent.children].filter((child) => !kept.has(child));
  for (const child of gone) child.remove();
  for (const [at, child] of wanted.entries()) {
    const there = parent.children[at];
    if (there !== child) parent.insertBefore(child, there ?? null);
  }
};

/** At once, then at most once for `every` milliseconds; the last call is never lost. */
export const throttle = (every: number, act: () => void): (() => void) => {
  let timer: number | undefined;
  let again = false;
  const run = (): void => {
    again = false;
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, every);
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
};
