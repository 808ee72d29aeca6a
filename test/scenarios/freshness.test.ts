import { expect, it } from "vitest";
import { startService } from "../support/service-process.ts";

it("the functions say how old the signing key and their knowledge of revocations are", async () => {
  const service = await startService({ settings: { revocationMode: "feed" } });
  const { access_token } = await service.signIn(await service.newAccount());
  // Rotation looks every hour; the authorizer says what it knows with the first request after ten seconds.
  await service.advance(3600);
  const fresh = await service.signIn(await service.newAccount());
  expect((await service.me(access_token)).status).toBe(401);
  expect((await service.me(fresh.access_token)).status).toBe(200);
  const { text: page } = await service.call("GET", "/_local");
  const plot = (title: string) => page.slice(page.lastIndexOf(title)).split("</figure>")[0] ?? "";
  expect(plot("Age of the signing key")).toMatch(/<\/i>age <b>1(\.0)? h/);
  expect(plot("Age of the revocation feed")).toMatch(/<\/i>age <b>\d+ s/);
});
