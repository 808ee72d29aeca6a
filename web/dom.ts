/**
 * Finds an element that must exist.
 * @throws Error if there is no such element, because script and page do not belong together
 */
export const find = <Wanted extends Element>(
  root: ParentNode,
  selector: string,
  type: abstract new (...args: never[]) => Wanted,
): Wanted => {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}`);
  return found;
};

/** A new copy of the content of a `<template>`. @throws Error if there is no such template */
export const copyTemplate = (id: string): DocumentFragment => {
  const { content } = find(document, `template#${id}`, HTMLTemplateElement);
  return document.importNode(content, true);
};

/** Shows a notice of success. A screen reader reads the notice aloud. The empty text removes the notice. */
export const notify = (text: string): void => {
  find(document, "#notice", HTMLElement).textContent = text;
};

/** Shows an error in the part of the page that the error is about. The empty text removes the error. */
export const complain = (root: ParentNode, text: string): void => {
  find(root, ".error", HTMLElement).textContent = text;
};

/**
 * Runs the action of a button. While the action runs, the button looks busy and does nothing when pressed. The attribute `disabled` would
 * take the focus away, so the function sets `aria-disabled`.
 */
export const whileBusy = async (button: HTMLButtonElement, run: () => Promise<void>): Promise<void> => {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await run();
  } finally {
    button.ariaDisabled = null;
  }
};
