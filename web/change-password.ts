import { find } from "./dom.ts";
import { onSubmit } from "./form.ts";
import type { Page } from "./page.ts";

const BLAME = { wrong_password: "current_password", invalid_password: "new_password" };

export const changePassword: Page = {
  signedIn: true,
  start: (root, { client, user, open }) => {
    const form = find(root, "form", HTMLFormElement);
    // For the password manager, which must know whose password it is to replace.
    find(form, "[name=email]", HTMLInputElement).value = user()?.email ?? "";
    onSubmit(form, BLAME, async (value) => {
      await client.changePassword({ currentPassword: value("current_password"), newPassword: value("new_password") });
      // The session may have been ended from elsewhere meanwhile.
      const isSignedIn = user() !== undefined;
      open(
        "devices",
        `Your password is changed. ${isSignedIn ? "All other devices are signed out." : "Sign in with it."}`,
      );
    });
  },
};
