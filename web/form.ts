import { ApiError } from "../client/index.ts";
import { complain, find, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";

/** The name of the field that an error is about, by error code. */
type FieldByCode = Readonly<Record<string, string>>;

/**
 * Sends a form by script, once at a time. After an error, shows the message and moves the focus to the field that the error is about. In the
 * HTML the method of each form is `post`. So a browser without the script never puts a password into the address.
 */
export const onSubmit = (
  form: HTMLFormElement,
  fieldByCode: FieldByCode,
  send: (value: (name: string) => string) => Promise<void>,
): void => {
  for (const secret of form.querySelectorAll<HTMLElement>(".secret")) secret.append(createRevealButton(secret));
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
        markField(form, (error instanceof ApiError && fieldByCode[error.code]) || undefined);
      }
    });
  });
};

const clearError = (form: HTMLFormElement): void => {
  complain(form, "");
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
};

const markField = (form: HTMLFormElement, name: string | undefined): void => {
  if (name === undefined) return;
  const input = find(form, `[name=${name}]`, HTMLInputElement);
  input.setAttribute("aria-invalid", "true");
  input.focus();
  input.select();
};

/** A button that shows the typed password. People who see the password choose longer passwords. */
const createRevealButton = (secret: HTMLElement): HTMLButtonElement => {
  const input = find(secret, "input", HTMLInputElement);
  const button = document.createElement("button");
  const show = (visible: boolean): void => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.ariaLabel = `${button.textContent} ${input.labels?.[0]?.textContent?.toLowerCase()}`;
  };
  button.type = "button";
  button.addEventListener("click", () => show(input.type === "password"));
  // The browser offers to save a password only if the field has the type `password` when the form is sent.
  input.form?.addEventListener("submit", () => show(false));
  show(false);
  return button;
};
