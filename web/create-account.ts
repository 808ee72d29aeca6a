import { find } from "./dom.ts";
import { onSubmit } from "./form.ts";
import type { Page } from "./page.ts";

const FIELD_BY_CODE = { invalid_request: "email", account_exists: "email", invalid_password: "password" };

/** The page where a visitor creates an account. Signs in afterwards. */
export const createAccount: Page = {
  signedIn: false,
  start: (root, { client, enter }) => {
    onSubmit(find(root, "form", HTMLFormElement), FIELD_BY_CODE, async (value) => {
      const [email, password, name] = [value("email"), value("password"), value("name").trim()];
      await client.register({ email, password, ...(name !== "" && { name }) });
      enter(await client.login({ email, password }));
    });
  },
};
