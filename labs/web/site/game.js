// Plays the game through its API. Where that is, `config.json` beside this page says, and whether one has to sign in
// first. What a turn changed, the state of the game says, and not the words of an answer, which are the student's own.
// Every text from the API becomes a text node, never HTML.

import { SignIn } from "./sign-in.js";
import { SignedOut, Users } from "./users.js";

const PATIENCE = 35_000; // API Gateway gives a function 29 seconds
/** The state is read through an index, which DynamoDB updates a moment after the table. */
const LAGS = [150, 300, 600, 1200];
const ALIVE = "Uncovered";
const KINDS = {
  [ALIVE]: ["alive", ""],
  "Killed by mafia": ["killed", "killed"],
  "Correctly sentenced": ["guilty", "guilty"],
  "Incorrectly sentenced": ["wronged", "innocent"],
};
const PHASES = {
  "new-game": "A new game",
  "night-turn": "Night",
  "day-turn": "Day",
  judgement: "Judgement",
};
/** What a table does after each turn. */
const FOLLOWS = {
  "new-game": "night-turn",
  "night-turn": "day-turn",
  "day-turn": "judgement",
  judgement: "night-turn",
};
/** More players than this stand in the graph like the spokes of a wheel. */
const MOST_UPRIGHT = 14;
/** In letters. */
const LONGEST_LABEL = 12;

const part = (id) => document.getElementById(id);
const buttons = Object.keys(PHASES).map(part);

let api = null;
/** Those who may play; `null` where anybody may. */
let users = null;
let signIn = null;
let players = [];
let accusations = [];
let accused = null;
let isBusy = false;
/** Whether there is an API that answers this page. */
let isThere = false;

/** Something that a person has to know, and why. */
class Problem extends Error {
  constructor(title, text, status) {
    super(text);
    Object.assign(this, { title, status });
  }
}

// The API

async function configured() {
  const read = await fetch("config.json", { cache: "no-store" }).catch(() => null);
  const config = read?.ok ? await read.json().catch(() => null) : null;
  const url = URL.canParse(config?.api ?? "") ? new URL(config.api) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new Problem(
      "This page does not know its API",
      'It needs a file config.json beside it, such as {"api": "https://….amazonaws.com/prod"}. ' +
        "mafia api open makes one.",
    );
  }
  if (config.signIn && config.client) {
    users = new Users(config);
    signIn = new SignIn(users, signedIn);
  }
  return url.href.replace(/\/+$/, "");
}

async function call(route, query = "") {
  api ??= await configured();
  const headers = users ? { Authorization: users.token } : {};
  const options = { headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(`${api}/${route}${query}`, options).catch((error) => {
    throw unreachable(error);
  });
  if (users && answer.status === 401) throw users.expired();
  isThere = true;
  const text = await answer.text().catch((error) => {
    throw unreachable(error);
  });
  let body = text;
  try {
    body = JSON.parse(text);
  } catch {
    // It is said below, or it is a text.
  }
  if (!answer.ok) throw refused(answer.status, route, lines(body).join(" "));
  return body;
}

function unreachable(error) {
  if (error.name === "TimeoutError") {
    return new Problem("No answer", "The API took longer than 35 seconds. Look again in a moment.");
  }
  isThere = false;
  const { host } = new URL(api);
  return new Problem(
    "The API cannot be reached",
    `There is no answer from ${host} that this page may read. Is the network there, and the API deployed? ` +
      "Or does the API not allow other pages (CORS)? Run mafia api call GET /game-state: the answer needs the header " +
      "access-control-allow-origin.",
  );
}

function refused(status, route, said) {
  const where = `/${route} answered ${status}`;
  const more = said ? `: ${said}` : "";
  const known = {
    401: ["The API wants a sign-in", `${where}${more}. The file config.json has to say where one signs in.`],
    403: ["The API has no such path", `${where}${more}. Is the route deployed? Run mafia api to see.`],
    404: ["Not found", said || `${where}.`],
    409: ["Not now", said || `${where}.`],
    429: ["Too many at once", "The API is busy. Wait a moment, then try again."],
    500: ["The API cannot call the function", `${where}${more}. Run mafia api to see why.`],
    501: ["Not written yet", said || `${where}.`],
    502: ["The function's answer is broken", `${where}${more}. Run mafia api to see why.`],
    503: ["The API is not ready", `${where}${more}. Wait a moment, then try again.`],
    504: ["The function took too long", `${where}${more}. Run mafia logs to see why.`],
  };
  const [title, text] = known[status] ?? ["The API refused", `${where}${more}.`];
  return new Problem(title, text, status);
}

/** All lines of text in an answer, wherever they are. */
function lines(value) {
  if (typeof value === "string") return value.split("\n").filter((line) => line.trim());
  return value && typeof value === "object" ? Object.values(value).flatMap(lines) : [];
}

/** The players, once at least one stands another way than in `before`; after a while, as they are. */
async function read(before = null) {
  for (const lag of [...LAGS, null]) {
    const body = await call("game-state");
    const isPlayer = (it) => typeof it?.Name === "string";
    if (!Array.isArray(body) || !body.every(isPlayer)) {
      throw new Problem("The state of the game is broken", "/game-state did not answer a list of players.");
    }
    const now = body.map(({ Name, Identity }) => ({ name: Name, identity: Identity ?? ALIVE }));
    const shown = (list) => JSON.stringify(list);
    if (lag === null || before === null || shown(now) !== shown(before)) return now;
    await new Promise((resolve) => setTimeout(resolve, lag));
  }
}

// Reading what was said

/**
 * A line in pieces: those of `names` that occur in it, as whole words, and what is between. Of two at one place, the
 * longest.
 */
function pieces(line, names) {
  const isLetter = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  const found = [];
  let between = "";
  for (let at = 0; at < line.length; ) {
    const begins = (name) => line.startsWith(name, at) && !isLetter(line[at + name.length]);
    const here = isLetter(line[at - 1]) ? [] : names.filter((name) => name && begins(name));
    const name = here.sort((a, b) => b.length - a.length)[0];
    if (name) {
      found.push({ text: between, isName: false }, { text: name, isName: true });
      between = "";
    } else {
      between += line[at];
    }
    at += name?.length ?? 1;
  }
  return [...found, { text: between, isName: false }];
}

const namesOfPlayers = () => players.map(({ name }) => name);

/** Splits what a day said into accusations and the rest. */
function accusationsIn(said) {
  const names = namesOfPlayers();
  const rest = [];
  const made = [];
  for (const line of said) {
    const [by, of] = pieces(line, names).filter(({ isName }) => isName);
    if (of) made.push({ by: by.text, of: of.text });
    else rest.push(line);
  }
  return { made, rest };
}

/** Who is blamed how often, most first. */
function blamed() {
  const counts = new Map();
  for (const { of } of accusations) counts.set(of, (counts.get(of) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
}

const winnerIn = (said) => said.find((line) => /^game over/i.test(line.trim()));
const isOver = () => document.body.dataset.phase.startsWith("won-by");

// Showing

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A name is written in its own direction, and does not turn what is around it. */
const ofPlayer = (name) => element("bdi", "", name);

/** A text for `append`, with the names of players set apart. */
const withNames = (text) =>
  pieces(text, namesOfPlayers()).map(({ text, isName }) => (isName ? ofPlayer(text) : text));

function paragraph(tag, text) {
  const made = element(tag, "");
  made.append(...withNames(text));
  return made;
}

function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

const initials = (name) => {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
};

/** As much of a name as the graph has room for. */
function shortened(name) {
  const letters = [...name];
  return letters.length > LONGEST_LABEL ? `${letters.slice(0, LONGEST_LABEL - 1).join("")}…` : name;
}

/** The same for a name in every game. */
const hue = (name) => [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 360, 7);

function showPlayers() {
  const counts = new Map(blamed());
  const cards = players.map(({ name, identity }) => {
    const [kind, mark] = KINDS[identity] ?? ["gone", identity];
    const card = element("li", `player ${kind}`);
    card.setAttribute("role", "presentation");
    const canBeChosen = kind === "alive" && !isOver();
    const label = element(canBeChosen ? "label" : "div", "card");
    label.style.setProperty("--hue", hue(name));
    if (canBeChosen) {
      const choice = element("input", "unseen");
      Object.assign(choice, { type: "radio", name: "accused", value: name, checked: name === accused });
      choice.addEventListener("change", () => choose(name));
      label.append(choice);
    }
    const face = element("span", "face", initials(name));
    face.setAttribute("aria-hidden", "true");
    label.append(face, element("bdi", "name", name));
    const count = counts.get(name);
    if (mark) label.append(element("span", "mark", mark));
    else if (count) label.append(element("span", "count", `blamed ${count === 1 ? "once" : `${count} times`}`));
    card.append(label);
    return card;
  });
  part("players").replaceChildren(...cards);
  part("cast").hidden = players.length === 0;
  const alive = players.filter(({ identity }) => identity === ALIVE).length;
  const number = (identity) => players.filter((it) => it.identity === identity).length;
  const totals = [
    [`${alive} of ${players.length}`, "alive"],
    [number("Killed by mafia"), "killed"],
    [number("Correctly sentenced"), "mafia found"],
    [number("Incorrectly sentenced"), "wrongly sentenced"],
  ];
  const shown = players.length ? totals.filter(([value]) => value !== 0) : [];
  part("totals").replaceChildren(
    ...shown.map(([value, what]) => {
      const total = element("li", "");
      total.append(element("strong", "", value), ` ${what}`);
      return total;
    }),
  );
}

/** Those who blame and are blamed stand in a circle, with an arrow for each accusation. */
function showAccusations() {
  part("blames").hidden = accusations.length === 0;
  const counts = new Map(blamed());
  const most = Math.max(0, ...counts.values());
  const there = namesOfPlayers().filter((name) => accusations.some(({ by, of }) => by === name || of === name));
  const isUpright = there.length <= MOST_UPRIGHT;
  const radius = Math.max(110, there.length * (isUpright ? 15 : 7));
  const margin = isUpright ? [110, 46] : [130, 130];
  const [width, height] = margin.map((it) => 2 * (radius + it));
  const graph = part("graph");
  graph.setAttribute("viewBox", `${-width / 2} ${-height / 2} ${width} ${height}`);
  const size = (name) => (isUpright ? 13 : 7) + Math.min(8, 2 * (counts.get(name) ?? 0));
  const place = new Map(
    there.map((name, at) => {
      const angle = (2 * Math.PI * at) / there.length - Math.PI / 2;
      return [name, { angle, x: radius * Math.cos(angle), y: radius * Math.sin(angle) }];
    }),
  );
  const arrows = accusations
    .filter(({ by, of }) => place.has(by) && place.has(of))
    .map(({ by, of }) => {
      const arrow = drawn("g", { class: counts.get(of) === most ? "arrow most" : "arrow" });
      arrow.dataset.of = of;
      arrow.append(drawn("path", { class: "line", d: "" }), drawn("path", { class: "tip", d: "" }));
      const { line, tip } = bent(place.get(by), place.get(of), size(by), size(of));
      arrow.children[0].setAttribute("d", line);
      arrow.children[1].setAttribute("d", tip);
      return arrow;
    });
  const nodes = there.map((name) => {
    const { angle, x, y } = place.get(name);
    const node = drawn("g", { class: "node" });
    node.dataset.of = name;
    node.style.setProperty("--hue", hue(name));
    node.append(drawn("circle", { cx: x, cy: y, r: size(name) }));
    if (counts.has(name)) node.append(drawn("text", { class: "times", x, y }, counts.get(name)));
    const away = size(name) + 7;
    const isLeft = Math.cos(angle) < -0.01;
    const isSide = Math.abs(Math.cos(angle)) > 0.3 || !isUpright;
    const anchor = isSide ? (isLeft ? "end" : "start") : "middle";
    const at = { class: "label", "text-anchor": anchor };
    if (isUpright) {
      Object.assign(at, { x: x + away * Math.cos(angle), y: y + (isSide ? away : away + 6) * Math.sin(angle) });
    } else {
      const turned = (angle * 180) / Math.PI + (isLeft ? 180 : 0);
      const out = (radius + away) * (isLeft ? -1 : 1);
      Object.assign(at, { x: out, y: 0, transform: `rotate(${turned})` });
    }
    node.append(drawn("text", at, shortened(name)));
    return node;
  });
  const title = drawn("title", { id: "graph-title" }, `Who blames whom. ${summary((name) => `\u2068${name}\u2069`)}`);
  graph.replaceChildren(title, ...arrows, ...nodes);
  const rows = accusations.map(({ by, of }) => {
    const row = element("li", "");
    row.append(ofPlayer(by), " blames ", ofPlayer(of));
    return row;
  });
  part("accusations").replaceChildren(...rows);
}

/** An arrow from the edge of one circle to that of another, bent towards the middle. */
function bent(from, to, leaves, ends) {
  // Neighbours are far from the middle: between them, less is bent.
  const pull = 0.42 - (0.13 * Math.hypot(to.x - from.x, to.y - from.y)) / Math.hypot(from.x, from.y);
  const middle = { x: (from.x + to.x) * pull, y: (from.y + to.y) * pull };
  const towards = (a, b, length) => {
    const distance = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    return { x: a.x + ((b.x - a.x) * length) / distance, y: a.y + ((b.y - a.y) * length) / distance };
  };
  const point = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const start = towards(from, middle, leaves);
  const tip = towards(to, middle, ends + 2);
  const neck = towards(to, middle, ends + 11);
  const side = (half) => point({ x: neck.x + half * (neck.y - tip.y), y: neck.y + half * (tip.x - neck.x) });
  return {
    line: `M${point(start)} Q${point(middle)} ${point(neck)}`,
    tip: `M${point(tip)} L${side(0.5)} L${side(-0.5)} Z`,
  };
}

/** What the accusations come to; `shown` is how a name is written. */
function summary(shown = (name) => name) {
  const [first, second] = blamed();
  if (!first) return "";
  const [name, count] = first;
  if (count === second?.[1]) return "Nobody is blamed more than all others.";
  return `Most blamed: ${shown(name)}, ${count === 1 ? "once" : `${count} times`}.`;
}

function choose(name) {
  accused = name;
  for (const it of part("graph").querySelectorAll("[data-of]")) {
    it.classList.toggle("chosen", it.dataset.of === name);
  }
  part("judgement-label").replaceChildren(...(name === null ? ["Sentence…"] : ["Sentence ", ofPlayer(name)]));
  part("judgement").setAttribute("aria-disabled", String(isBusy || !isThere || name === null));
}

function stage(phase, title, said, stamp = "") {
  document.body.dataset.phase = phase;
  part("phase").textContent = title;
  part("stamp").textContent = stamp;
  part("stamp").hidden = stamp === "";
  part("lines").replaceChildren(...said.map((line) => paragraph("p", line)));
}

function note(title, said) {
  const entry = element("li", "");
  entry.append(element("strong", "", title), ...said.map((line) => paragraph("span", line)));
  part("story").prepend(entry);
  part("past").hidden = false;
}

/** Marks what to do next. */
function expect(route) {
  for (const button of buttons) button.classList.toggle("next", button.id === route);
}

function busy(is) {
  isBusy = is;
  document.body.setAttribute("aria-busy", String(is));
  // Not `disabled`, which takes the focus away.
  for (const button of buttons) button.setAttribute("aria-disabled", String(is || !isThere));
  choose(accused);
}

function complain(problem) {
  if (problem instanceof SignedOut) {
    askToSignIn(problem.message);
    return;
  }
  part("problem").hidden = problem === null;
  if (problem === null) return;
  const isKnown = problem instanceof Problem;
  part("problem-title").textContent = isKnown ? problem.title : "This page has a fault";
  part("problem-text").replaceChildren(...withNames(problem.message));
}

// Signing in and out

function askToSignIn(why) {
  isThere = false;
  part("account").hidden = true;
  document.body.dataset.account = "out";
  if (signIn.isOpen) return;
  // The next one may be somebody else.
  players = [];
  accusations = [];
  part("story").replaceChildren();
  part("past").hidden = true;
  showAll();
  stage("start", "Who is there?", []);
  signIn.open(`${why} Only those who have signed in can play.`.trim());
}

async function signedIn() {
  document.body.dataset.account = "in";
  await look();
  buttons[0].focus();
}

function signOut() {
  users.signOut();
  askToSignIn("You have signed out.");
}

/** Whose game it is, as long as one has to sign in. */
function showAccount() {
  part("account").hidden = !users;
  part("user").textContent = users?.name ?? "";
}

// Playing

function showAll() {
  const canBeChosen = ({ name, identity }) => name === accused && identity === ALIVE && !isOver();
  if (!players.some(canBeChosen)) accused = null;
  showPlayers();
  showAccusations();
  choose(accused);
}

async function play(route) {
  const name = accused;
  if (isBusy || !isThere || (route === "judgement" && name === null)) return;
  busy(true);
  complain(null);
  try {
    const query = route === "judgement" ? `?Name=${encodeURIComponent(name)}` : "";
    const said = lines(await call(route, query));
    // A game that was over before the turn stays as it is.
    const changesNothing = route === "day-turn" || (said.length === 1 && winnerIn(said));
    players = await read(changesNothing ? null : players);
    show(route, said, name);
  } catch (problem) {
    complain(problem);
    if (problem.status === 409) expect("new-game");
  } finally {
    busy(false);
  }
}

function show(route, said, name) {
  const { made, rest } = route === "day-turn" ? accusationsIn(said) : { made: [], rest: said };
  accusations = made;
  if (route === "new-game") part("story").replaceChildren();
  note(PHASES[route], said);
  const winner = winnerIn(said);
  const identity = players.find((it) => it.name === name)?.identity;
  const stamp = route === "judgement" ? (KINDS[identity]?.[1] ?? "") : "";
  if (winner) {
    const side = /mafia wins/i.test(winner) ? "mafia" : "innocents";
    const title = winner.replace(/^\W*game over\W*/i, "").replace(/^./u, (c) => c.toUpperCase());
    stage(`won-by-${side}`, title, ["Game over.", ...said.filter((line) => line !== winner)], stamp);
    expect("new-game");
  } else {
    stage(route, PHASES[route], [...rest, summary()].filter(Boolean), stamp);
    expect(FOLLOWS[route]);
  }
  showAll();
}

/** Shows the game as it is, also when another has played it. */
async function look() {
  if (isBusy) return;
  busy(true);
  complain(null);
  try {
    const before = JSON.stringify(players);
    players = await read();
    showAccount();
    const isAsBefore = JSON.stringify(players) === before;
    if (players.length === 0) {
      stage("start", "No game yet", ["Start one: some players are mafia, and nobody knows who."]);
      expect("new-game");
    } else if (!isAsBefore) {
      accusations = [];
      stage("start", "The game is on", ["At night the mafia kills. By day everybody blames somebody. Then you judge."]);
      expect("night-turn");
      showAll();
    }
  } catch (problem) {
    if (players.length === 0 && !(problem instanceof SignedOut)) stage("start", "No game to be seen", []);
    complain(problem);
  } finally {
    busy(false);
  }
}

for (const button of buttons) button.addEventListener("click", () => play(button.id));
part("again").addEventListener("click", look);
part("sign-out").addEventListener("click", signOut);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
look();
