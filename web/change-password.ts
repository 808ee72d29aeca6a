import { find } from "./dom.ts";
import { onSubmit } from "./form.ts";
import type { Page } from "./page.ts";

const FIELD_BY_CODE = { wrong_password: "current_password", invalid_password: "new_password" };

/** The page where the user changes the password. */
export const changePassword: Page = {
  signedIn: true,
  start: (root, { client, user, open }) => {
    const form = find(root, "form", HTMLFormElement);
    // The password manager needs the address to find the password that changes.
    find(form, "[name=email]", HTMLInputElement).value = user()?.email ?? "";
    onSubmit(form, FIELD_BY_CODE, async (value) => {
      await client.changePassword({ currentPassword: value("current_password"), newPassword: value("new_password") });
      // The session may have been revoked from elsewhere during the change.
      const isSignedIn = user() !== undefined;
      open(
        "devices",
        `Your password is changed. ${isSignedIn ? "All other devices are signed out." : "Sign in with it."}`,
      );
    });
  },
};
