import type { Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";

/** Returns a logical id without the hash that the CDK appends: `Login` for `LoginDDE9992A`. */
export const toName = (id: string): string => id.replace(/[0-9A-F]{8}$/, "");

/** Returns the name of the resource that a role or a variable refers to, or any other value as JSON. */
export const getTarget = (value: unknown): string => {
  const json = JSON.stringify(value);
  const [, id, suffix = ""] =
    /^\{"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(json) ??
    /^\{"Fn::Join":\["",\[\{"Fn::GetAtt":\["(\w+)","Arn"\]\},"([^"]+)"\]\]\}$/.exec(json) ??
    [];
  return id === undefined ? json : toName(id) + suffix;
};

const asList = <Item>(value: Item | readonly Item[]): readonly Item[] =>
  Array.isArray(value) ? value : [value as Item];

/** Lists the permissions of each role as `action on target`. Leaves out the function's own log, which every function may write. */
export const permissionsIn = (template: Template): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Object.entries(template.findResources("AWS::IAM::Role")).map(([id, { Properties }]) => {
      const owner = toName(id).replace(/PartsRole$/, "");
      const allowed = asList(Properties.Policies ?? []).flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.flatMap(({ Action, Resource, Effect }: Record<string, unknown>) => {
          expect(Effect).toBe("Allow");
          return asList(Action).flatMap((action) =>
            asList(Resource).map((target) => `${action} on ${getTarget(target)}`),
          );
        }),
      );
      return [owner, allowed.filter((line) => !line.endsWith(` on ${owner}PartsLogs`)).sort()];
    }),
  );
