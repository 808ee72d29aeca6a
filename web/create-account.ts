import { find } from "./dom.ts";
import { onSubmit } from "./form.ts";
import type { Page } from "./page.ts";

const BLAME = { invalid_request: "email", account_exists: "email", invalid_password: "password" };

export const createAccount: Page = {
  signedIn: false,
  start: (root, { client, enter }) => {
    onSubmit(find(root, "form", HTMLFormElement), BLAME, async (value) => {
      const [email, password, name] = [value("email"), value("password"), value("name").trim()];
      await client.register({ email, password, ...(name !== "" && { name }) });
      enter(await client.login({ email, password }));
    });
  },
};
