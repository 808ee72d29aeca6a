import type { Client, User } from "../client/index.ts";

/** The parts of the application that a page uses. */
export type Application = {
  /** The client of the session. */
  readonly client: Client;
  /** The account of the user who is signed in. Undefined if no user is signed in. */
  readonly user: () => User | undefined;
  /** Call after a sign-in. Opens the page that the visitor came for. */
  readonly enter: (user: User) => void;
  /** Opens another page and shows a notice there. */
  readonly open: (page: PageName, notice?: string) => void;
};

/** The name of a page: the id of its template, and the hash of its address. */
export type PageName = "sign-in" | "create-account" | "devices" | "password";

/** A page of the application. */
export type Page = {
  /** True for a page of signed-in users. False for a page of visitors who are not signed in. */
  readonly signedIn: boolean;
  /** Adds the behaviour to a new copy of the page's template. */
  readonly start: (root: HTMLElement, application: Application) => void;
};
