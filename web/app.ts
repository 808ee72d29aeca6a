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
/** Undefined also until the service has said. */
let user: User | undefined;
let isKnown = false;
let nextNotice = "";

const client = createClient({
  baseUrl: location.origin,
  transport: "cookie",
  storage: localStorageStorage(STORAGE_KEY),
  onSignedOut: () => leave("You were signed out. Sign in to go on."),
});

const open = (page: PageName, notice = ""): void => {
  nextNotice = notice;
  // Replaced, not pushed: going back must not lead to a form that was sent, or to a page of an ended session.
  history.replaceState(null, "", `#${page}`);
  show();
};

const enter = (entered: User): void => {
  user = entered;
  const address = returnAddress(location);
  if (address === undefined) open("devices");
  else location.replace(address);
};

const leave = (notice: string): void => {
  // At the start there is no page to leave: the first one will say it.
  if (!isKnown) nextNotice = notice;
  if (user === undefined) return;
  user = undefined;
  open("sign-in", notice);
};

const application: Application = { client, user: () => user, enter, open };

/** Shows the page that the address names, or the one it leads to for want of a session. */
const show = (): void => {
  const wanted = location.hash.slice(1);
  const isSignedIn = user !== undefined;
  const isOpen = isPage(wanted) && PAGES[wanted].signedIn === isSignedIn;
  const name = isOpen ? wanted : isSignedIn ? "devices" : "sign-in";
  if (name !== wanted) history.replaceState(null, "", `#${name}`);
  find(document, "#signed-in", HTMLElement).hidden = !isSignedIn;
  find(document, "#who", HTMLElement).textContent = user?.email ?? "";
  PAGES[name].start(render(name), application);
  notify(nextNotice);
  nextNotice = "";
};

const isPage = (name: string): name is PageName => Object.hasOwn(PAGES, name);

/**
 * Puts a template's copy in place, names the page and lets a screen reader begin at its heading. The copy stands in an element of
 * its own: what an answer that comes late has to say, it says to a page that nobody sees any more.
 */
const render = (template: string): HTMLElement => {
  const root = document.createElement("div");
  root.append(copyTemplate(template));
  main.replaceChildren(root);
  const heading = find(root, "h1", HTMLHeadingElement);
  document.title = `${heading.textContent} · ${document.body.dataset["serviceName"]}`;
  heading.focus();
  return root;
};

/** Asks the service who is signed in: at the start, and whenever the answer may have changed. */
const check = async (): Promise<void> => {
  const isFirst = !isKnown;
  try {
    const found = await client.me();
    isKnown = true;
    if (isFirst && returnAddress(location) !== undefined) return enter(found);
    const isSame = found.id === user?.id;
    user = found;
    if (!isSame) show();
  } catch (error) {
    // A page that is open stays, and says so itself when it is used.
    if (!(error instanceof ApiError) || error.status !== 401) return isFirst ? explainUnreachable(error) : undefined;
    isKnown = true;
    if (isFirst) show();
    else leave("You are signed out.");
  }
};

const explainUnreachable = (error: unknown): void => {
  const root = render("unreachable");
  complain(root, explain(error));
  const button = find(root, "#try-again", HTMLButtonElement);
  button.addEventListener("click", () => whileBusy(button, check));
};

signOut.addEventListener("click", () =>
  whileBusy(signOut, async () => {
    try {
      await client.logout();
      leave("You are signed out.");
    } catch (error) {
      complain(main, `You are still signed in. ${explain(error)}`);
    }
  }),
);
addEventListener("hashchange", () => (isKnown ? show() : void check()));
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
