import { ApiError, createClient, localStorageStorage, type User } from "../client/index.ts";
import { changePassword } from "./change-password.ts";
import { createAccount } from "./create-account.ts";
import { devices } from "./devices.ts";
import { complain, copyTemplate, find, notify, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";
import type { Application, Page, PageName } from "./page.ts";
import { returnAddress } from "./return-to.ts";
import { signIn } from "./sign-in.ts";

const PAGES: Readonly<Record<PageName, Page>> = {
  "sign-in": signIn,
  "create-account": createAccount,
  devices,
  password: changePassword,
};

/** Other tabs hear of a change of this item. */
const STORAGE_KEY = "latchkey";

const main = find(document, "main", HTMLElement);
const signOut = find(document, "#sign-out", HTMLButtonElement);
let user: User | undefined;
let nextNotice = "";

const client = createClient({
  baseUrl: location.origin,
  transport: "cookie",
  storage: localStorageStorage(STORAGE_KEY),
  onSignedOut: () => leave("You were signed out. Sign in to go on."),
});

const application: Application = {
  client,
  user: () => user,
  enter: (entered) => {
    user = entered;
    const address = returnAddress(location);
    if (address === undefined) open("devices");
    else location.replace(address);
  },
  open: (page, notice) => open(page, notice),
};

const open = (page: PageName, notice = ""): void => {
  nextNotice = notice;
  // Replaced, not pushed: going back must not lead to a form that was sent, or to a page of an ended session.
  history.replaceState(null, "", `#${page}`);
  show();
};

const leave = (notice: string): void => {
  if (user === undefined) return;
  user = undefined;
  open("sign-in", notice);
};

/** Shows the page that the address names, or the one it leads to for want of a session. */
const show = (): void => {
  const wanted = location.hash.slice(1);
  const name =
    isPage(wanted) && PAGES[wanted].signedIn === (user !== undefined) ? wanted : user ? "devices" : "sign-in";
  if (name !== wanted) history.replaceState(null, "", `#${name}`);
  find(document, "#signed-in", HTMLElement).hidden = user === undefined;
  find(document, "#who", HTMLElement).textContent = user?.email ?? "";
  render(name);
  PAGES[name].start(main, application);
  notify(nextNotice);
  nextNotice = "";
};

const isPage = (name: string): name is PageName => Object.hasOwn(PAGES, name);

/** Puts a template's copy in place, names the page and lets a screen reader begin at its heading. */
const render = (template: string): void => {
  main.replaceChildren(copyTemplate(template));
  const heading = find(main, "h1", HTMLHeadingElement);
  document.title = `${heading.textContent} · ${document.body.dataset["serviceName"]}`;
  heading.focus();
};

/** Asks the service who is signed in: at the start, and whenever the answer may have changed. */
const check = async (): Promise<void> => {
  try {
    const found = await client.me();
    const isSame = found.id === user?.id;
    user = found;
    if (!isSame) show();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) return explainUnreachable(error);
    const wasSignedIn = user !== undefined;
    user = undefined;
    if (wasSignedIn || main.childElementCount === 0) show();
  }
};

/** Only where there is nothing to show yet: a page that is open stays, and says so itself when it is used. */
const explainUnreachable = (error: unknown): void => {
  if (main.childElementCount > 0) return;
  render("unreachable");
  complain(main, explain(error));
  const button = find(main, "#try-again", HTMLButtonElement);
  button.addEventListener("click", () =>
    whileBusy(button, async () => {
      main.replaceChildren();
      await check();
    }),
  );
};

signOut.addEventListener("click", () =>
  whileBusy(signOut, async () => {
    try {
      await client.logout();
      leave("You are signed out.");
    } catch (error) {
      notify("");
      complain(main, `You are still signed in. ${explain(error)}`);
    }
  }),
);
addEventListener("hashchange", show);
// Another tab signed in or out, or the page was out of sight for as long as a session may last.
addEventListener("storage", ({ key, oldValue, newValue }) => {
  if (key === STORAGE_KEY && (oldValue === null || newValue === null)) void check();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && user !== undefined) void check();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void check();
});
void check();
