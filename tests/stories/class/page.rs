//! The page of `mafia class board` in a real browser: what it shows of a class, that it changes in place, and
//! who may read it.

use serde_json::{Value, json};
use tokio::sync::watch;

use ::mafia::board::{Board, View};
use ::mafia::class::{ClassStanding, StudentStanding};
use ::mafia::page::PageServer;

use crate::browser::Browser;

/// In seconds since 1970; the page shows how long ago.
const READ: u64 = 1_790_000_000;

/// A board with a class that the story makes up.
struct Shown {
    link: String,
    class: watch::Sender<View>,
    _runtime: tokio::runtime::Runtime,
}

impl Shown {
    fn new(class: &ClassStanding) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (sender, views) = watch::channel(View::of(class, READ));
        let server = runtime.block_on(PageServer::listen(None));
        let server = server.expect("a port is free");
        let link = server.link();
        runtime.spawn(server.serve(Board(views)));
        Self {
            link,
            class: sender,
            _runtime: runtime,
        }
    }

    fn becomes(&self, class: &ClassStanding) {
        self.class.send_replace(View::of(class, READ + 3));
    }
}

fn class_of(students: usize) -> ClassStanding {
    ClassStanding {
        class: "monday".to_owned(),
        students: (1..=students).map(student).collect(),
    }
}

/// Most are ready; some change, one has no stack, and three are stuck on two things.
fn student(number: usize) -> StudentStanding {
    let (status, stuck) = match number {
        4 | 17 => (
            "ROLLBACK_COMPLETE",
            Some("Role (AWS::IAM::Role): Cannot exceed quota for RolesPerAccount: 1000"),
        ),
        9 => (
            "CREATE_COMPLETE",
            Some("night-turn failed: <img src=x onerror=\"window.broken = true\"><b>bold</b>"),
        ),
        6 => ("CREATE_IN_PROGRESS", None),
        11 | 23 => ("UPDATE_IN_PROGRESS", None),
        14 => ("", None),
        _ => ("CREATE_COMPLETE", None),
    };
    let games = [
        "night, 5 of 7 alive",
        "day, 4 of 7 alive",
        "over, the mafia has won",
    ];
    let name = NAMES[(number - 1) % NAMES.len()];
    let name = match (number - 1) / NAMES.len() {
        0 => name.to_owned(),
        round => format!("{name}-{round}"),
    };
    StudentStanding {
        stack: format!("mafia-monday-{name}"),
        student: name,
        status: (!status.is_empty()).then(|| status.to_owned()),
        differing: number
            .is_multiple_of(5)
            .then(|| vec!["night-turn".to_owned()]),
        parameters: None,
        last_deploy: (!status.is_empty()).then_some(READ - 600),
        game: (number.is_multiple_of(3) && status.ends_with("_COMPLETE"))
            .then(|| games[number / 3 % 3].to_owned()),
        progress: None,
        errors: (number == 9).then_some(3),
        stuck: stuck.map(str::to_owned),
    }
}

const NAMES: [&str; 30] = [
    "ada",
    "alejandra",
    "anil",
    "ben",
    "bertrand",
    "chiamaka",
    "cleo",
    "dora",
    "emil",
    "fatima",
    "george",
    "hana",
    "igor",
    "jose-maria",
    "kim",
    "lena",
    "maximilian-alexander",
    "mei",
    "nadia",
    "oluwaseun",
    "paul",
    "quentin",
    "rosa",
    "sam",
    "tomoko",
    "uma",
    "viktor",
    "wei",
    "yusuf",
    "zoe",
];

const CARD: &str = "((name) => [...document.querySelectorAll('.student')].find(
    (card) => card.querySelector('.name').textContent === name))";

fn card(name: &str) -> String {
    format!("{CARD}({name:?})")
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn the_grid_shows_each_student_and_changes_in_place() {
    let mut class = class_of(30);
    let shown = Shown::new(&class);
    let mut page = Browser::open(&shown.link);
    assert_eq!(page.status, 200);
    page.wait("document.querySelectorAll('.student').length === 30");
    let names = "[...document.querySelectorAll('.name')].map((name) => name.textContent)";
    assert_eq!(page.see(names), json!(NAMES));
    let totals = "document.getElementById('totals').innerText.split('\\n').join(', ')";
    let expected = "23 ready, 3 changing, 3 stuck, 1 without a stack";
    assert_eq!(page.see(totals), expected);
    let causes = page.see("document.getElementById('stuck').innerText");
    let causes = causes.as_str().expect("a text");
    assert!(
        causes.contains("ben, maximilian-alexander: Role (AWS::IAM::Role)"),
        "{causes}"
    );

    let emil = card("emil");
    page.see(&format!("{emil}.querySelector('summary').focus()"));
    page.step(&json!(["press", "Enter"]));
    page.wait(&format!("{emil}.querySelector('details').open"));
    class.students[7].status = Some("UPDATE_ROLLBACK_IN_PROGRESS".to_owned());
    class.students.remove(0);
    shown.becomes(&class);
    page.wait(&format!(
        "{}.innerText.includes('rolling back')",
        card("dora")
    ));
    assert_eq!(page.see("document.querySelectorAll('.student').length"), 29);
    let news = page.see("document.getElementById('news').textContent");
    assert_eq!(news, "dora: rolling back", "for a screen reader");
    let still =
        format!("{emil}.querySelector('details').open && {emil}.contains(document.activeElement)");
    assert_eq!(
        page.see(&still),
        true,
        "what a person has opened stays open"
    );
    assert_eq!(page.step(&json!(["said"])), json!([]));
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn a_text_from_a_stack_is_shown_and_does_nothing() {
    let shown = Shown::new(&class_of(9));
    let mut page = Browser::open(&shown.link);
    page.wait("document.querySelectorAll('.student').length === 9");
    let text = page.see("document.getElementById('stuck').textContent");
    assert!(
        text.as_str()
            .is_some_and(|text| text.contains("<b>bold</b>")),
        "{text}"
    );
    assert_eq!(page.see("document.querySelectorAll('img, b').length"), 0);
    assert_eq!(page.see("typeof window.broken"), "undefined");
    // Even if it became HTML, the page's policy forbids it.
    let injected = "(() => {
        const made = document.createElement('div');
        made.innerHTML = '<img src=x onerror=\"window.broken = true\">';
        document.body.append(made);
        const script = document.createElement('script');
        script.textContent = 'window.broken = true';
        document.body.append(script);
    })()";
    page.see(injected);
    page.wait("document.querySelector('img').complete");
    assert_eq!(page.see("typeof window.broken"), "undefined");
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn only_the_link_opens_the_board_and_other_pages_cannot_read_it() {
    let shown = Shown::new(&class_of(3));
    let wrong = |link: &str| {
        let (rest, _) = link
            .trim_end_matches('/')
            .rsplit_once('/')
            .expect("a token");
        format!("{rest}/{}/", "0".repeat(32))
    };
    let mut page = Browser::open(&wrong(&shown.link));
    assert_eq!(page.status, 403);
    let said = page.see("document.body.innerText");
    assert!(
        said.as_str()
            .is_some_and(|said| said.contains("not the link")),
        "{said}"
    );

    // Another board is a page of another origin on the same machine.
    let other = Shown::new(&class_of(3));
    assert_eq!(page.go(&other.link), 200);
    page.wait("document.querySelectorAll('.student').length === 3");
    let read = format!(
        "(() => {{
            window.ended = null;
            fetch({:?}, {{ mode: 'no-cors' }}).then(
                () => window.ended = 'read', (error) => window.ended = String(error));
        }})()",
        shown.link
    );
    page.see(&read);
    page.wait("window.ended");
    assert_ne!(page.see("window.ended"), "read");
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn a_keyboard_and_a_screen_reader_are_enough() {
    let mut class = class_of(4);
    let shown = Shown::new(&class);
    let mut page = Browser::open(&shown.link);
    page.wait("document.querySelectorAll('.student').length === 4");
    page.step(&json!(["press", "Tab", "Tab", "Enter"]));
    page.wait("document.querySelectorAll('.student')[1].querySelector('details').open");
    let details = page.see("document.querySelector('details[open] .details').innerText");
    let details = details.as_str().expect("a text");
    assert!(details.contains("mafia-monday-alejandra"), "{details}");
    class.students[0].status = Some("DELETE_IN_PROGRESS".to_owned());
    shown.becomes(&class);
    page.wait("document.getElementById('news').textContent");
    let tree = page.step(&json!(["tree"]));
    let heard = |role: &str, name: &str| {
        let nodes = tree.as_array().into_iter().flatten();
        nodes
            .filter(|node| node[0] == role && node[1].as_str().is_some_and(|it| it.contains(name)))
            .count()
    };
    assert_eq!(heard("heading", "monday"), 1, "{tree:#}");
    assert_eq!(heard("heading", "Stuck"), 1, "{tree:#}");
    assert_eq!(heard("heading", "Students"), 1, "{tree:#}");
    assert_eq!(heard("list", "Totals"), 1, "{tree:#}");
    assert_eq!(heard("status", ""), 1, "{tree:#}");
    assert_eq!(heard("StaticText", "ada: deleting"), 1, "{tree:#}");
    // A name, its phase and its game in one.
    assert_eq!(
        heard("DisclosureTriangle", "anil ready day, 4 of 7 alive"),
        1,
        "{tree:#}"
    );
    assert_eq!(
        heard("DisclosureTriangle", "✓"),
        0,
        "signs are for the eyes: {tree:#}"
    );
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn it_fits_a_projector_and_a_telephone_in_light_and_dark() {
    for students in [4, 30, 100] {
        let shown = Shown::new(&class_of(students));
        let mut page = Browser::open(&shown.link);
        page.wait(&format!(
            "document.querySelectorAll('.student').length === {students}"
        ));
        for (width, height) in [(1920, 1080), (1280, 720), (360, 740)] {
            for scheme in ["light", "dark"] {
                page.looks(width, height, scheme);
                let name = format!("{students}-{width}-{scheme}");
                page.picture(&name);
                let room = "document.documentElement";
                let beside = page.see(&format!("{room}.scrollWidth - {room}.clientWidth"));
                assert_eq!(beside, 0, "{name}: nothing is beside the window");
                if width == 1920 {
                    let below = page.see(&format!("{room}.scrollHeight - {room}.clientHeight"));
                    assert_eq!(below, 0, "{name}: a projector shows all of the class");
                }
                let pale = page.see(PALE);
                assert_eq!(pale, json!([]), "{name}: texts that are hard to read");
            }
        }
    }
}

/// The texts whose contrast with what is behind them is below 4.5.
///
/// Source: WCAG 2.2, "Contrast (Minimum)" and "relative luminance".
const PALE: &str = r"(() => {
    const parts = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = parts(color).slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if ((parts(color)[3] ?? 1) > 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const hasText = (element) => [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const pale = [];
    for (const element of document.body.querySelectorAll('*')) {
        if (!hasText(element) || element.closest('noscript')) continue;
        const ink = light(getComputedStyle(element).color);
        const ground = light(behind(element));
        const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        if (contrast < 4.5) pale.push(`${element.textContent}: ${contrast.toFixed(1)}`);
    }
    return pale;
})()";

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn a_board_that_has_ended_says_so() {
    let shown = Shown::new(&class_of(3));
    let mut page = Browser::open(&shown.link);
    page.wait("document.querySelectorAll('.student').length === 3");
    let problem = "document.getElementById('problem')";
    assert_eq!(page.see(&format!("{problem}.hidden")), true);
    let told = View::of(&class_of(3), READ).with_problem("no answer from AWS".to_owned());
    shown.class.send_replace(told);
    page.wait(&format!("{problem}.textContent === 'no answer from AWS'"));
    drop(shown);
    page.wait(&format!(
        "{problem}.textContent.startsWith('No connection')"
    ));
    let students: Value = page.see("document.querySelectorAll('.student').length");
    assert_eq!(students, 3, "what was known stays");
}
