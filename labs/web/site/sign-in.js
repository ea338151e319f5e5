// The form in front of the game, for who has not signed in: it signs up, asks for the code that confirms an address,
// and signs in.

const part = (id) => document.getElementById(id);

/** What the form does, with its words. */
const MODES = {
  in: { title: "Sign in", go: "Sign in", ways: ["to-up", "to-code"] },
  up: { title: "Sign up", go: "Sign up", ways: ["to-in"] },
  code: { title: "Confirm your address", go: "Confirm", ways: ["send-code", "to-in"] },
};
/** What the pool refuses, in other words than its own. */
const WORDS = {
  CodeMismatchException: "This is not the code. Look for the newest one.",
  ExpiredCodeException: "This code is too old, or there is no such user. Send the code again.",
  LimitExceededException: "That was too often. Wait a while, then try again.",
  NotAuthorizedException: "The email address or the password is wrong.",
  TooManyRequestsException: "The pool is busy. Wait a moment, then try again.",
  UsernameExistsException: "There is a user with this address already. Sign in.",
};

export class SignIn {
  #users;
  #mode = "in";
  #isBusy = false;
  #then;

  /** `then` is called when somebody has signed in. */
  constructor(users, then) {
    this.#users = users;
    this.#then = then;
    part("sign-in-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do(() => this.#go());
    });
    for (const mode of Object.keys(MODES)) {
      part(`to-${mode}`).addEventListener("click", () => this.#turn(mode));
    }
    part("send-code").addEventListener("click", () => this.#do(() => this.#sendCode()));
  }

  /** Whether it is open already. */
  get isOpen() {
    return !part("sign-in").hidden;
  }

  open(why) {
    part("sign-in").hidden = false;
    part("sign-in-why").textContent = why;
    this.#turn("in");
  }

  #close() {
    part("sign-in-form").reset();
    part("sign-in").hidden = true;
  }

  #turn(mode) {
    this.#mode = mode;
    const { title, go, ways } = MODES[mode];
    part("sign-in-title").textContent = title;
    part("sign-in-go").textContent = go;
    for (const way of ["send-code", ...Object.keys(MODES).map((it) => `to-${it}`)]) {
      part(way).hidden = !ways.includes(way);
    }
    this.#need("code", mode === "code");
    this.#need("password", mode !== "code");
    part("password").autocomplete = mode === "up" ? "new-password" : "current-password";
    part("password-advice").hidden = mode !== "up";
    this.#say("");
    const empty = ["email", "password", "code"].find((id) => !part(id).disabled && part(id).value === "");
    part(empty ?? "sign-in-go").focus();
  }

  /** What is hidden is disabled too, so that nobody has to fill it in. */
  #need(id, is) {
    part(`${id}-part`).hidden = !is;
    part(id).disabled = !is;
  }

  #say(text) {
    part("sign-in-said").textContent = text;
  }

  async #do(work) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    part("sign-in").setAttribute("aria-busy", "true");
    this.#say("");
    try {
      await work();
    } catch (problem) {
      if (problem.name === "UserNotConfirmedException") await this.#confirmFirst();
      else this.#say(WORDS[problem.name] ?? problem.message);
    } finally {
      this.#isBusy = false;
      part("sign-in").setAttribute("aria-busy", "false");
    }
  }

  async #go() {
    const [email, password, code] = ["email", "password", "code"].map((id) => part(id).value);
    if (this.#mode === "up" && (await this.#users.signUp(email.trim(), password))) {
      this.#turn("code");
      this.#say(this.#whereTheCodeIs(email));
      return;
    }
    if (this.#mode === "code") {
      // A code that was copied may have spaces, as `710 742` does.
      await this.#users.confirm(email.trim(), code.replace(/\s/g, ""));
      part("code").value = "";
      if (password === "") {
        this.#turn("in");
        this.#say("Your address is confirmed.");
        return;
      }
    }
    await this.#users.signIn(email.trim(), password);
    this.#close();
    this.#then();
  }

  /** The password was right, but the address is not confirmed. */
  async #confirmFirst() {
    this.#turn("code");
    this.#say("Your address is not confirmed yet. Enter the code that was sent to it, or send another one.");
  }

  async #sendCode() {
    if (!part("email").reportValidity()) return;
    await this.#users.sendCode(part("email").value.trim());
    this.#say(this.#whereTheCodeIs(part("email").value));
    part("code").focus();
  }

  #whereTheCodeIs(email) {
    return this.#users.isLocal
      ? "This machine sends no mail: mafia sandbox logs shows the code."
      : `A code was sent to ${email.trim()}.`;
  }
}
