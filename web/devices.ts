import type { Client, SessionInfo } from "../client/index.ts";
import { complain, copyTemplate, find, notify, whileBusy } from "./dom.ts";
import { explain } from "./explain.ts";
import type { Page } from "./page.ts";
import { ago, toDate } from "./time.ts";

export const devices: Page = {
  signedIn: true,
  start: (root, { client }) => {
    const others = find(root, "#sign-out-others", HTMLButtonElement);
    others.addEventListener("click", () =>
      act(root, client, others, "All other devices are signed out.", () => client.logoutAll({ keepCurrent: true })),
    );
    list(root, client).catch((error: unknown) => complain(root, explain(error)));
  },
};

const list = async (root: HTMLElement, client: Client): Promise<void> => {
  const sessions = await client.sessions();
  const current = sessions.filter((session) => session.current);
  const others = sessions.filter((session) => !session.current);
  const items = [...current, ...others].map((session) => deviceItem(root, client, session));
  find(root, "ul", HTMLUListElement).replaceChildren(...items);
  find(root, "#sign-out-others", HTMLButtonElement).hidden = others.length === 0;
};

/** Ends sessions and lists what is left. The button pressed is gone then, so the focus goes to the top of the list. */
const act = (
  root: HTMLElement,
  client: Client,
  button: HTMLButtonElement,
  done: string,
  end: () => Promise<void>,
): Promise<void> =>
  whileBusy(button, async () => {
    complain(root, "");
    notify("");
    try {
      await end();
      await list(root, client);
      notify(done);
      find(root, "h1", HTMLHeadingElement).focus();
    } catch (error) {
      complain(root, explain(error));
    }
  });

const deviceItem = (root: HTMLElement, client: Client, session: SessionInfo): DocumentFragment => {
  const copy = copyTemplate("device");
  const name = session.device.name ?? session.device.platform;
  find(copy, "h2", HTMLElement).textContent = name;
  find(copy, ".place", HTMLElement).replaceChildren(...facts(findPlace(session)));
  find(copy, ".times", HTMLElement).replaceChildren(...facts(toTimes(session)));
  find(copy, "li", HTMLElement).append(
    session.current
      ? thisDevice()
      : signOutButton(name, (button) => {
          void act(root, client, button, `${name} is signed out.`, () => client.revokeSession(session.session_id));
        }),
  );
  return copy;
};

const thisDevice = (): HTMLElement => {
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.textContent = "This device";
  return badge;
};

const signOutButton = (name: string, onClick: (button: HTMLButtonElement) => void): HTMLButtonElement => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Sign out";
  button.ariaLabel = `Sign out ${name}`;
  button.addEventListener("click", () => onClick(button));
  return button;
};

const findPlace = ({ transport, device }: SessionInfo): readonly string[] => [
  transport === "cookie" ? "Browser" : "App",
  device.ip,
];

const toTimes = ({ current, created_at, last_seen_at }: SessionInfo): readonly string[] => [
  `Signed in ${toDate(created_at)}`,
  ...(current ? [] : [`last seen ${ago(last_seen_at)}`]),
];

/** Facts with a dot between; where they do not fit beside each other the style puts each on a line. */
const facts = (texts: readonly string[]): readonly (Node | string)[] =>
  texts.flatMap((text, index) => {
    const fact = document.createElement("span");
    fact.textContent = text;
    return index === 0 ? [fact] : [dot(), fact];
  });

const dot = (): HTMLElement => {
  const element = document.createElement("span");
  element.className = "dot";
  element.textContent = " · ";
  return element;
};
