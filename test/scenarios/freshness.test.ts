import { expect, it } from "vitest";
import { startService } from "../support/service-process.ts";

it("the dashboard shows the age of the signing key and of the revocation feed", async () => {
  const service = await startService({ settings: { revocationMode: "feed" } });
  const { access_token } = await service.signIn(await service.newAccount());
  // The rotation runs every hour. The authorizer reports the age with the first request after ten seconds.
  await service.advance(3600);
  const fresh = await service.signIn(await service.newAccount());
  expect((await service.me(access_token)).status).toBe(401);
  expect((await service.me(fresh.access_token)).status).toBe(200);
  const { text: page } = await service.call("GET", "/_local");
  const plot = (title: string) => page.slice(page.lastIndexOf(title)).split("</figure>")[0] ?? "";
  expect(plot("Age of the signing key")).toMatch(/<\/i>age <b>1(\.0)? h/);
  expect(plot("Age of the revocation feed")).toMatch(/<\/i>age <b>\d+ s/);
});
