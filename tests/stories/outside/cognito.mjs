// A life with a user pool, by Amazon's own client for pages: amazon-cognito-identity-js, which signs in with SRP.
// The arguments are the folder with the library, the server's URL, a pool, a client of it, and a password. Asks for
// the code on standard output, gets it on standard input, and prints what came of everything as JSON.

import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline/promises";

const [folder, endpoint, UserPoolId, ClientId, password] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = require("amazon-cognito-identity-js");

const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint });
const user = (Username) => new CognitoUser({ Username, Pool: pool });
const done = (call) =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
const failure = async (promise) => promise.then(() => "it succeeded", (error) => `${error.code}: ${error.message}`);

function signIn(who, Password, newPassword) {
  const details = new AuthenticationDetails({ Username: who.getUsername(), Password });
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: resolve,
      onFailure: reject,
      newPasswordRequired: () => who.completeNewPasswordChallenge(newPassword, {}, callbacks),
    };
    who.authenticateUser(details, callbacks);
  });
}

const said = {};
const email = new CognitoUserAttribute({ Name: "email", Value: "ann@example.org" });
const signedUp = await done((call) => pool.signUp("ann", password, [email], null, call));
said.signedUp = { confirmed: signedUp.userConfirmed, to: signedUp.codeDeliveryDetails.Destination };
said.again = await failure(done((call) => pool.signUp("ann", password, [email], null, call)));
said.weak = await failure(done((call) => pool.signUp("bob", "short", [], null, call)));
const ann = user("ann");
said.unconfirmed = await failure(signIn(ann, password));
const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
const code = await terminal.question("the code?\n");
terminal.close();
said.wrongCode = await failure(done((call) => ann.confirmRegistration("none", true, call)));
said.confirmed = await done((call) => ann.confirmRegistration(code, true, call));
said.wrongPassword = await failure(signIn(ann, `${password}!`));
said.nobody = await failure(signIn(user("nobody"), password));

const session = await signIn(ann, password);
const claims = session.getIdToken().payload;
said.claims = [claims["cognito:username"], claims.aud === ClientId, claims.token_use, claims.email_verified];
const attributes = await done((call) => ann.getUserAttributes(call));
said.attributes = Object.fromEntries(attributes.map((it) => [it.getName(), it.getValue()]));
const refreshed = await done((call) => ann.refreshSession(session.getRefreshToken(), call));
said.refreshed = refreshed.isValid() && refreshed.getIdToken().getJwtToken() !== session.getIdToken().getJwtToken();
const next = `${password}2`;
said.changed = await done((call) => ann.changePassword(password, next, call));
said.oldPassword = await failure(signIn(user("ann"), password));
const other = user("ann");
await signIn(other, next);
said.signedOut = await new Promise((onSuccess, onFailure) => other.globalSignOut({ onSuccess, onFailure }));
said.ended = await failure(done((call) => ann.getUserAttributes(call)));

// Invited by the owner of the pool, with a temporary password.
const dan = await signIn(user("dan"), password, next);
said.invited = dan.getAccessToken().payload.username;
process.stdout.write(JSON.stringify(said));
