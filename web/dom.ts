/** The element that a page of ours surely has. @throws Error if script and page do not belong together */
export const find = <Wanted extends Element>(
  root: ParentNode,
  selector: string,
  type: abstract new (...args: never[]) => Wanted,
): Wanted => {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}`);
  return found;
};

/** A fresh copy of what stands in a `<template>`. */
export const copyTemplate = (id: string): DocumentFragment => {
  const { content } = find(document, `template#${id}`, HTMLTemplateElement);
  return document.importNode(content, true);
};

/** Says something good, on the page and to a screen reader; the empty text takes it back. */
export const notify = (text: string): void => {
  find(document, "#notice", HTMLElement).textContent = text;
};

/** Says something bad in the part of the page that it is about. */
export const complain = (root: ParentNode, text: string): void => {
  find(root, ".error", HTMLElement).textContent = text;
};

/** Runs an action of a button once at a time, and shows that it runs. The button keeps the focus, so it is not `disabled`. */
export const whileBusy = async (button: HTMLButtonElement, run: () => Promise<void>): Promise<void> => {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await run();
  } finally {
    button.ariaDisabled = null;
  }
};
