import type { Client, User } from "../client/index.ts";

/** What a page may do besides showing itself. */
export type Application = {
  readonly client: Client;
  /** The account that is signed in. */
  readonly user: () => User | undefined;
  /** Signed in now: goes where the visitor wanted. */
  readonly enter: (user: User) => void;
  /** Opens another page, and says something there. */
  readonly open: (page: PageName, notice?: string) => void;
};

export type PageName = "sign-in" | "create-account" | "devices" | "password";

export type Page = {
  /** Whether it is for those who are signed in or for those who are not. */
  readonly signedIn: boolean;
  /** Brings the copy of the page's template to life. */
  readonly start: (root: HTMLElement, application: Application) => void;
};
