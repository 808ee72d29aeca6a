import type { Client, SessionInfo } from "../client/index.ts";
import { complain, copyTemplate, find, notify, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";
import type { Page } from "./page.ts";
import { ago, toDate } from "./time.ts";

/** The page that lists the sessions of the account and revokes them. */
export const devices: Page = {
  signedIn: true,
  start: (root, { client }) => {
    const others = find(root, "#sign-out-others", HTMLButtonElement);
    others.addEventListener("click", () =>
      revokeAndList(root, client, others, "All other devices are signed out.", () =>
        client.logoutAll({ keepCurrent: true }),
      ),
    );
    list(root, client).catch((error: unknown) => complain(root, explain(error)));
  },
};

const list = async (root: HTMLElement, client: Client): Promise<void> => {
  const sessions = await client.sessions();
  const current = sessions.filter((session) => session.current);
  const others = sessions.filter((session) => !session.current);
  const items = [...current, ...others].map((session) => toItem(root, client, session));
  find(root, "ul", HTMLUListElement).replaceChildren(...items);
  find(root, "#sign-out-others", HTMLButtonElement).hidden = others.length === 0;
};

/** Revokes sessions and lists the others. The pressed button disappears with its session, so the focus moves to the heading. */
const revokeAndList = (
  root: HTMLElement,
  client: Client,
  button: HTMLButtonElement,
  done: string,
  revoke: () => Promise<void>,
): Promise<void> =>
  whileBusy(button, async () => {
    complain(root, "");
    notify("");
    try {
      await revoke();
      await list(root, client);
      notify(done);
      find(root, "h1", HTMLHeadingElement).focus();
    } catch (error) {
      complain(root, explain(error));
    }
  });

const toItem = (root: HTMLElement, client: Client, session: SessionInfo): DocumentFragment => {
  const copy = copyTemplate("device");
  const name = session.device.name ?? session.device.platform;
  find(copy, "h2", HTMLElement).textContent = name;
  find(copy, ".place", HTMLElement).replaceChildren(...joinWithDots(toPlace(session)));
  find(copy, ".times", HTMLElement).replaceChildren(...joinWithDots(toTimes(session)));
  find(copy, "li", HTMLElement).append(
    session.current
      ? createBadge()
      : createSignOutButton(name, (button) => {
          void revokeAndList(root, client, button, `${name} is signed out.`, () =>
            client.revokeSession(session.session_id),
          );
        }),
  );
  return copy;
};

const createBadge = (): HTMLElement => {
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.textContent = "This device";
  return badge;
};

const createSignOutButton = (name: string, onClick: (button: HTMLButtonElement) => void): HTMLButtonElement => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Sign out";
  button.ariaLabel = `Sign out ${name}`;
  button.addEventListener("click", () => onClick(button));
  return button;
};

const toPlace = ({ transport, device }: SessionInfo): readonly string[] => [
  transport === "cookie" ? "Browser" : "App",
  device.ip,
];

const toTimes = ({ current, created_at, last_seen_at }: SessionInfo): readonly string[] => [
  `Signed in ${toDate(created_at)}`,
  ...(current ? [] : [`last seen ${ago(last_seen_at)}`]),
];

/** Texts with a dot between two of them. On a narrow screen the style sheet hides the dots and gives each text its own line. */
const joinWithDots = (texts: readonly string[]): readonly (Node | string)[] =>
  texts.flatMap((text, index) => {
    const span = document.createElement("span");
    span.textContent = text;
    return index === 0 ? [span] : [createDot(), span];
  });

const createDot = (): HTMLElement => {
  const element = document.createElement("span");
  element.className = "dot";
  element.textContent = " · ";
  return element;
};
