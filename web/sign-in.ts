import { find } from "./dom.ts";
import { onSubmit } from "./form.ts";
import type { Page } from "./page.ts";

/** The page where a visitor signs in. */
export const signIn: Page = {
  signedIn: false,
  start: (root, { client, enter }) => {
    find(root, "[data-when-open]", HTMLElement).hidden = document.body.dataset["registration"] === "closed";
    onSubmit(find(root, "form", HTMLFormElement), { invalid_credentials: "password" }, async (value) => {
      enter(await client.login({ email: value("email"), password: value("password") }));
    });
  },
};
