"use strict";

// Shows each view that the server sends. All texts become text nodes, never HTML.

const FEW = 12;
const MANY = 40;
/** Of one change, a screen reader is told so many students. */
const TOLD = 5;
const SECOND = 1000;

const part = (id) => document.getElementById(id);

/** The card of each student, by name. It stays while the student does, so that it keeps focus and state. */
const cards = new Map();
let view = null;

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Sets a text, unless it is there already: what does not change, a screen reader need not read again. */
function write(where, text) {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

function newCard() {
  const card = element("li", "student", "");
  const folded = document.createElement("details");
  const summary = document.createElement("summary");
  const name = element("span", "name", "");
  const phase = element("span", "phase", "");
  const game = element("span", "game", "");
  const details = element("ul", "details", "");
  summary.append(name, phase, game);
  folded.append(summary, details);
  card.append(folded);
  return { card, name, phase, game, details };
}

/** By the clock of the target, when the class was read. */
function ago(seconds) {
  const passed = Math.max(0, view.read - seconds);
  if (passed < 60) return `${passed} s ago`;
  if (passed < 3600) return `${Math.floor(passed / 60)} min ago`;
  if (passed < 48 * 3600) return `${Math.floor(passed / 3600)} h ago`;
  return `${Math.floor(passed / 86400)} days ago`;
}

function showStudent(student, isNew) {
  const parts = cards.get(student.name);
  const before = parts.card.dataset.shown;
  parts.card.dataset.shown = `${student.phase} ${student.says}`;
  for (const phase of ["up", "working", "stuck", "missing"]) {
    parts.card.classList.toggle(phase, phase === student.phase);
  }
  write(parts.name, student.name);
  write(parts.phase, student.says);
  write(parts.game, student.game ?? "");
  parts.game.hidden = !student.game;
  const lines = [...student.details];
  if (student.game) lines.unshift(student.game);
  if (student.last_deploy !== null) lines.push(`deployed ${ago(student.last_deploy)}`);
  if (student.stuck) lines.unshift(student.stuck);
  parts.details.replaceChildren(...lines.map((line) => element("li", "", line)));
  const changed = !isNew && before !== parts.card.dataset.shown;
  if (changed) {
    parts.card.classList.remove("changed");
    void parts.card.offsetWidth; // so that the animation begins again
    parts.card.classList.add("changed");
  }
  return changed;
}

function showStudents(students) {
  const list = part("students");
  list.classList.toggle("few", students.length <= FEW);
  list.classList.toggle("many", students.length > MANY);
  const names = new Set(students.map((student) => student.name));
  for (const [name, parts] of cards) {
    if (!names.has(name)) {
      parts.card.remove();
      cards.delete(name);
    }
  }
  const changed = [];
  students.forEach((student, place) => {
    const isNew = !cards.has(student.name);
    if (isNew) cards.set(student.name, newCard());
    const { card } = cards.get(student.name);
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
    if (showStudent(student, isNew)) changed.push(student);
  });
  return changed;
}

function showCauses(causes) {
  part("stuck").hidden = causes.length === 0;
  const rows = causes.map(({ students, why }) => {
    const row = element("li", "", "");
    row.append(element("span", "who", students.join(", ")), `: ${why}`);
    return row;
  });
  part("causes").replaceChildren(...rows);
}

function tell(changed) {
  if (changed.length === 0) return;
  const told = changed.slice(0, TOLD).map(({ name, says, stuck }) => `${name}: ${stuck ?? says}`);
  if (changed.length > TOLD) told.push(`and ${changed.length - TOLD} more`);
  part("news").textContent = told.join("; ");
}

function showProblem(problem) {
  part("problem").hidden = problem === null;
  write(part("problem"), problem ?? "");
}

function show(next) {
  const isFirst = view === null || view.read === 0;
  view = next;
  document.title = `Class ${view.class}`;
  write(part("class"), view.class);
  part("totals").replaceChildren(
    ...view.totals.map(({ phase, says }) => element("li", `total ${phase}`, says)),
  );
  showCauses(view.causes);
  const changed = showStudents(view.students);
  if (!isFirst) tell(changed);
  showProblem(view.problem);
  if (view.read > 0) {
    const time = new Date(view.read * SECOND).toLocaleTimeString();
    write(part("read"), `as of ${time}`);
  }
}

const events = new EventSource("events");
events.onmessage = (event) => show(JSON.parse(event.data));
events.onerror = () => {
  const hasEnded = events.readyState === EventSource.CLOSED;
  showProblem(
    hasEnded
      ? "The board has ended. Run mafia class board again, and open its new link."
      : "No connection to mafia class board; trying again.",
  );
};
