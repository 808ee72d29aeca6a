import { ApiError, createClient, localStorageStorage, type User } from "../client/index.ts";
import { changePassword } from "./change-password.ts";
import { createAccount } from "./create-account.ts";
import { devices } from "./devices.ts";
import { complain, copyTemplate, find, notify, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";
import type { Application, Page, PageName } from "./page.ts";
import { readReturnAddress } from "./return-to.ts";
import { signIn } from "./sign-in.ts";

const PAGES: Readonly<Record<PageName, Page>> = {
  "sign-in": signIn,
  "create-account": createAccount,
  devices,
  password: changePassword,
};

/** The name of the `localStorage` item. Other tabs get a `storage` event when the item changes. */
const STORAGE_KEY = "latchkey";

const main = find(document, "main", HTMLElement);
const signOut = find(document, "#sign-out", HTMLButtonElement);
/** The account that is signed in. Undefined until the service has responded, too. */
let user: User | undefined;
/** Whether the service has responded. */
let isKnown = false;
/** The notice that the next page shows. */
let nextNotice = "";

const client = createClient({
  baseUrl: location.origin,
  transport: "cookie",
  storage: localStorageStorage(STORAGE_KEY),
  onSignedOut: () => leave("You were signed out. Sign in to go on."),
});

const open = (page: PageName, notice = ""): void => {
  nextNotice = notice;
  // Replaces the entry of the history. The back button must not lead to a form that was sent, or to a page of a session that is over.
  history.replaceState(null, "", `#${page}`);
  show();
};

const enter = (entered: User): void => {
  user = entered;
  const address = readReturnAddress(location);
  if (address === undefined) open("devices");
  else location.replace(address);
};

const leave = (notice: string): void => {
  // At the start no page is open. The first page shows the notice.
  if (!isKnown) nextNotice = notice;
  if (user === undefined) return;
  user = undefined;
  open("sign-in", notice);
};

const application: Application = { client, user: () => user, enter, open };

/** Shows the page that the address names. If that page is not for the present state, shows the devices or the sign-in page. */
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
 * Shows a copy of a template, sets the title, and moves the focus to the heading, where a screen reader begins. The copy has an element
 * of its own. A response that arrives late writes into the old element, which is not on the page any more.
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

/** Asks the service who is signed in: at the start, and whenever the state may have changed. */
const check = async (): Promise<void> => {
  const isFirst = !isKnown;
  try {
    const found = await client.me();
    isKnown = true;
    if (isFirst && readReturnAddress(location) !== undefined) return enter(found);
    const isSame = found.id === user?.id;
    user = found;
    if (!isSame) show();
  } catch (error) {
    // If a page is open, the page stays. The next action on the page shows the error.
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
// Another tab has signed in or out.
addEventListener("storage", ({ key, oldValue, newValue }) => {
  if (key === STORAGE_KEY && (oldValue === null || newValue === null)) void check();
});
// The session may have expired while the page was hidden.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && user !== undefined) void check();
});
// The back button may show a page from the cache of the browser.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void check();
});
void check();
