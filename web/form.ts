import { ApiError } from "../client/index.ts";
import { complain, find, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";

/** The field that an error is about, by the error's code. */
type Blame = Readonly<Record<string, string>>;

/**
 * Sends a form by script: once at a time, with its error said aloud and the field at fault in focus. The forms stand as `post` in
 * the page, so that without script no browser puts a password into the address.
 */
export const onSubmit = (
  form: HTMLFormElement,
  blame: Blame,
  send: (value: (name: string) => string) => Promise<void>,
): void => {
  for (const secret of form.querySelectorAll<HTMLElement>(".secret")) secret.append(revealButton(secret));
  const button = find(form, "button[type=submit]", HTMLButtonElement);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    void whileBusy(button, async () => {
      clearError(form);
      try {
        await send((name) => String(data.get(name) ?? ""));
      } catch (error) {
        complain(form, explain(error));
        blameField(form, (error instanceof ApiError && blame[error.code]) || undefined);
      }
    });
  });
};

const clearError = (form: HTMLFormElement): void => {
  complain(form, "");
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
};

const blameField = (form: HTMLFormElement, name: string | undefined): void => {
  if (name === undefined) return;
  const input = find(form, `[name=${name}]`, HTMLInputElement);
  input.setAttribute("aria-invalid", "true");
  input.focus();
  input.select();
};

/** Lets people see what they type: they then choose longer passwords. */
const revealButton = (secret: HTMLElement): HTMLButtonElement => {
  const input = find(secret, "input", HTMLInputElement);
  const button = document.createElement("button");
  const show = (visible: boolean): void => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.ariaLabel = `${button.textContent} ${input.labels?.[0]?.textContent?.toLowerCase()}`;
  };
  button.type = "button";
  button.addEventListener("click", () => show(input.type === "password"));
  // What is sent must look like a password to the browser, which offers to keep it.
  input.form?.addEventListener("submit", () => show(false));
  show(false);
  return button;
};
