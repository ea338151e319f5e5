// The users of the game, in a user pool of Cognito. A password goes to the pool and is kept nowhere. What shows that
// somebody has signed in is a token, which the pool signs and the API checks. It stays in `sessionStorage`: a reload
// of the page needs it, and it is gone with the tab. It is valid for an hour, and nothing here renews it.

const PATIENCE = 20_000;
const SERVICE = "AWSCognitoIdentityProviderService";
const KEPT_AS = "mafia.token";
/** In seconds. A request takes a moment. */
const TOO_LATE = 5;

/** Nobody has signed in, or not for long enough. */
export class SignedOut extends Error {}

/** What the pool refused, and the name that it has for that. */
export class Refused extends Error {
  constructor(name, text) {
    super(text);
    this.name = name;
  }
}

export class Users {
  /** `signIn` is the address of the service, `client` the id that this page has in the pool. */
  constructor({ signIn, client }) {
    this.url = new URL(signIn);
    this.client = client;
  }

  /** Whether the sandbox asks: it sends no mail. */
  get isLocal() {
    return this.url.hostname.endsWith(".localhost");
  }

  /** The token of who has signed in. */
  get token() {
    const token = sessionStorage.getItem(KEPT_AS);
    const { exp, aud } = claims(token);
    if (aud !== this.client) throw new SignedOut("");
    if (!(exp > Date.now() / 1000 + TOO_LATE)) throw this.expired();
    return token;
  }

  /** The email address of who has signed in. */
  get name() {
    return claims(sessionStorage.getItem(KEPT_AS)).email ?? "";
  }

  /** The API does not take the token any more. */
  expired() {
    this.signOut();
    return new SignedOut("Your sign-in has expired.");
  }

  signOut() {
    sessionStorage.removeItem(KEPT_AS);
  }

  async signIn(email, password) {
    const answer = await this.#ask("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: email, PASSWORD: password },
    });
    if (!answer.AuthenticationResult) {
      throw new Refused(answer.ChallengeName, `This page cannot do what the pool asks for: ${answer.ChallengeName}.`);
    }
    sessionStorage.setItem(KEPT_AS, answer.AuthenticationResult.IdToken);
  }

  /** Whether the user has to be confirmed with a code. */
  async signUp(email, password) {
    const attributes = [{ Name: "email", Value: email }];
    const answer = await this.#ask("SignUp", { Username: email, Password: password, UserAttributes: attributes });
    return !answer.UserConfirmed;
  }

  async confirm(email, code) {
    await this.#ask("ConfirmSignUp", { Username: email, ConfirmationCode: code });
  }

  async sendCode(email) {
    await this.#ask("ResendConfirmationCode", { Username: email });
  }

  async #ask(operation, parameters) {
    const answer = await fetch(this.url, {
      method: "POST",
      cache: "no-store",
      credentials: "omit",
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `${SERVICE}.${operation}` },
      body: JSON.stringify({ ClientId: this.client, ...parameters }),
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => {
      throw new Refused("Unreachable", `There is no answer from ${this.url.host}. Is the network there?`);
    });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    const name = String(body.__type ?? answer.status).replace(/^.*#/, "");
    throw new Refused(name, String(body.message ?? body.Message ?? `The pool answered ${answer.status}.`));
  }
}

/** What a token says, as far as it can be read. Only the API decides whether it is true. */
function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}
