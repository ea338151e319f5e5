// What the library iam-simulate decides on cases, which standard input has as a JSON list; the members of a
// case are those of sandbox/src/authorise/policy/tests/expand.rs. The argument is the folder with the library.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const { runSimulation } = require("@cloud-copilot/iam-simulate");

const VERDICTS = { Allowed: "allowed", ExplicitlyDenied: "explicitDeny", ImplicitlyDenied: "implicitDeny" };
const OPEN = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const named = (documents) => documents.map((policy, index) => ({ name: `policy-${index}`, policy }));

async function verdict(given) {
  const { principal, action, on, account, context } = given;
  const result = await runSimulation(
    {
      request: { principal, action, resource: { resource: on, accountId: account }, contextVariables: context },
      identityPolicies: named(given.identity),
      permissionBoundaryPolicies: given.boundary ? named([given.boundary]) : undefined,
      sessionPolicy: given.session ?? undefined,
      resourcePolicy: given.resource ?? undefined,
      // Those of an organisation, which allow everything.
      serviceControlPolicies: [{ orgIdentifier: "o-1", policies: named([OPEN]) }],
      resourceControlPolicies: [],
    },
    { simulationMode: "Strict" },
  );
  return VERDICTS[result.overallResult] ?? JSON.stringify(result);
}

const verdicts = [];
for (const given of JSON.parse(readFileSync(0, "utf8"))) {
  verdicts.push(await verdict(given));
}
console.log(JSON.stringify(verdicts));
