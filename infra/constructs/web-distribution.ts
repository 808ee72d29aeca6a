import { Construct } from "constructs";
import type { Pages } from "../pages.ts";
import type { Retention } from "../retention.ts";
import { Cdn, type CdnProps } from "./cdn.ts";
import { OriginSecret } from "./origin-secret.ts";
import { WebHosting } from "./web-hosting.ts";

export type WebDistributionProps = Omit<CdnProps, "bucket" | "pageHeaders" | "originSecret"> & {
  readonly pages: Pages;
  /** Bundle of `infra/handlers/publish-pages.ts`. */
  readonly publisher: string;
  readonly retention: Retention;
};

/** The sign-in and account pages and, on the same origin, the API. */
export class WebDistribution extends Construct {
  /** Where people find the pages, without trailing slash. */
  readonly siteUrl: string;
  /** Where a domain of the operator's has to point. */
  readonly domainName: string;
  readonly originSecret: OriginSecret;

  constructor(scope: Construct, id: string, { pages, publisher, retention, ...cdnProps }: WebDistributionProps) {
    super(scope, id);
    this.originSecret = new OriginSecret(this, "OriginSecret");
    const { bucket } = new WebHosting(this, "Hosting", { pages, bundle: publisher, retention });
    const cdn = new Cdn(this, "Cdn", {
      ...cdnProps,
      bucket,
      pageHeaders: pages.headers,
      originSecret: this.originSecret,
    });
    this.siteUrl = cdn.siteUrl;
    this.domainName = cdn.domainName;
  }
}
