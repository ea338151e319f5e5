//! The page of `mafia api open` in a real browser: a whole game, what a screen reader gets of it, and what it
//! says where the API does not answer.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use ::mafia::game_page::GamePage;
use ::mafia::page::PageServer;

use crate::browser::Browser;
use crate::endpoint::Endpoint;
use crate::mafia::Running;
use crate::outside::boto3;
use crate::student::Student;
use crate::workspace::Workspace;

const IDLE: &str = "document.body.getAttribute('aria-busy') === 'false'";
const PHASE: &str = "document.body.dataset.phase";
const STAGE: &str = "document.getElementById('stage').innerText";

/// The sizes of a projector, of a phone and of a small one.
const SIZES: [(&str, u32, u32); 3] = [
    ("wide", 1440, 1000),
    ("phone", 390, 844),
    ("small", 320, 568),
];

/// An open page of a student's game, and the command that serves it.
struct Played {
    browser: Browser,
    command: Running,
}

impl Played {
    fn by(student: &Student) -> Self {
        let mut command = student.start(&["api", "open"]);
        command.wait_until_it_says("/\n");
        let mut browser = Browser::open(command.printed().trim());
        assert_eq!(browser.status, 200);
        browser.wait(IDLE);
        Self { browser, command }
    }

    fn turns(&mut self, turn: &str) {
        self.browser
            .see(&format!("document.getElementById('{turn}').click()"));
        self.browser.wait(IDLE);
        let problem = "document.getElementById('problem').hidden";
        let shown = "document.getElementById('problem').innerText";
        assert_eq!(
            self.browser.see(problem),
            true,
            "{turn}: {}",
            self.browser.see(shown)
        );
    }

    fn number_of(&mut self, selector: &str) -> u64 {
        let number = format!("document.querySelectorAll({selector:?}).length");
        self.browser.see(&number).as_u64().expect("a number")
    }

    fn said(&mut self, script: &str) -> String {
        self.browser
            .see(script)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Pictures of every size and in both schemes.
    fn pictures(&mut self, name: &str) {
        for (size, width, height) in SIZES {
            for scheme in ["light", "dark"] {
                self.browser.looks(width, height, scheme);
                self.browser
                    .picture(&format!("game-{name}-{size}-{scheme}"));
            }
            let overflows = "document.documentElement.scrollWidth > innerWidth";
            assert_eq!(self.browser.see(overflows), false, "{name} {size}");
        }
    }
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn a_whole_game_is_played_in_the_browser() {
    let workspace = Workspace::copy();
    let mia = Student::new(&Endpoint::sandbox(), "mafia-mia", &workspace);
    mia.deploys(&["-p", "Api=yes", "-p", "Players=8", "-p", "Mafia=2"]);
    let mut page = Played::by(&mia);
    assert!(page.said(STAGE).contains("No game yet"));
    page.pictures("none");

    page.turns("new-game");
    assert_eq!(page.number_of(".player.alive input"), 8);
    page.turns("night-turn");
    assert_eq!(page.browser.see(PHASE), "night-turn");
    assert!(page.said(STAGE).contains("Mafia kills"));
    assert_eq!(page.number_of(".player.killed"), 1);
    page.pictures("night");

    page.turns("day-turn");
    assert_eq!(page.number_of("#graph .arrow"), 7);
    assert_eq!(page.number_of("#accusations li"), 7);
    let graph = page.said("document.getElementById('graph-title').textContent");
    assert!(graph.starts_with("Who blames whom. "), "{graph}");
    page.pictures("day");

    // By keyboard: the space bar chooses a player, Enter sentences.
    let chosen =
        page.said("(document.querySelector('.alive input').focus(), document.activeElement.value)");
    page.browser.step(&json!(["press", " "]));
    let label = "document.getElementById('judgement').innerText";
    assert!(page.said(label).contains(&format!("Sentence {chosen}")));
    assert!(page.number_of("#graph .node.chosen") == 1);
    page.pictures("chosen");
    page.browser
        .see("document.getElementById('judgement').focus()");
    page.browser.step(&json!(["press", "Enter"]));
    page.browser.wait(
        "document.body.dataset.phase !== 'day-turn' && !document.getElementById('stamp').hidden",
    );
    page.browser.wait(IDLE);
    let focus = page.browser.see("document.activeElement.id");
    assert_eq!(focus, "judgement", "it stays where it was");
    page.pictures("judged");

    let heard = page.browser.step(&json!(["tree"]));
    assert_heard(&heard, &chosen);

    while !page.said(PHASE).starts_with("won-by") {
        page.turns("night-turn");
    }
    assert!(page.said(STAGE).contains("Game over"));
    assert_eq!(
        page.number_of(".player input"),
        0,
        "nobody can be sentenced any more"
    );
    page.pictures("over");
    let shown = page.browser.see(
        "[...document.querySelectorAll('.player')].filter((it) => it.matches('.alive')).length",
    );
    let state = mia.asks(&["play", "state"]);
    let players = state["players"].as_array().expect("a list").iter();
    let alive = players.filter(|it| it["identity"] == "Uncovered").count();
    assert_eq!(shown, alive, "{state:#}");
    assert_eq!(page.browser.step(&json!(["said"])), json!([]));
    page.command.interrupt();
    page.command.finish().succeeds();
}

/// What a screen reader gets: landmarks, the turns, the choice of a player with who is sentenced, and a region that
/// is read when it changes.
fn assert_heard(tree: &Value, sentenced: &str) {
    let tree: Vec<(&str, &str)> = tree
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|node| Some((node[0].as_str()?, node[1].as_str()?)))
        .collect();
    let has = |role: &str, name: &str| tree.contains(&(role, name));
    for (role, name) in [
        ("banner", ""),
        ("main", ""),
        ("heading", "MAFIA"),
        ("region", "Turns"),
        ("button", "Night"),
        ("button", "Day"),
        ("button", "New game"),
        ("radiogroup", "Players"),
        ("heading", "What happened"),
    ] {
        assert!(has(role, name), "{role} {name}: {tree:?}");
    }
    assert!(tree.iter().any(|(role, _)| *role == "status"));
    let choices: Vec<&str> = tree
        .iter()
        .filter(|(role, _)| *role == "radio")
        .map(|(_, name)| *name)
        .collect();
    assert_eq!(choices.len(), 6, "the living: {choices:?}");
    assert!(!choices.iter().any(|name| name.contains(sentenced)));
}

#[test]
#[ignore = "needs Python, boto3 and Chromium: run .ci/run, or pass --include-ignored"]
fn a_name_is_a_text_whatever_it_says() {
    let workspace = Workspace::copy();
    let endpoint = &Endpoint::sandbox();
    let nia = Student::new(endpoint, "mafia-nia", &workspace);
    nia.deploys(&["-p", "Api=yes", "-p", "Players=4", "-p", "Mafia=1"]);
    nia.run(&["play", "new"]).succeeds();
    let table = nia.asks(&["table"])["table"].clone();
    let name = "<img src=x onerror=\"window.broken = true\"><b>Bo</b> & \"Zoë\"?Name=x#";
    let long = "Wolfeschlegelsteinhausenbergerdorff-Lopado-temacho-selacho-galeo-kranio";
    let put = [name, long, "אברהם (Abe)"].map(|name| {
        let item = json!({
            "Name": {"S": name}, "TrueIdentity": {"S": "Innocent"}, "Identity": {"S": "Uncovered"},
        });
        let put = json!({ "TableName": table, "Item": item });
        ("dynamodb", "put_item", put)
    });
    boto3(endpoint, &put);
    let mut page = Played::by(&nia);
    let shown = format!(
        "[...document.querySelectorAll('.name')].some((it) => it.textContent === {})",
        json!(name)
    );
    page.browser.wait(&shown);
    page.turns("day-turn");
    // Of whatever direction a name is, it turns nothing around it.
    assert_eq!(page.number_of("#accusations li"), 7);
    assert_eq!(page.number_of("#accusations bdi"), 14);
    assert_eq!(page.number_of("bdi.name"), 7);
    for chosen in [long, name] {
        let choose = format!(
            "[...document.querySelectorAll('.alive input')].find((it) => it.value === {}).click()",
            json!(chosen)
        );
        page.browser.see(&choose);
        let label = "document.querySelector('#judgement-label bdi').textContent";
        assert_eq!(page.browser.see(label), chosen);
        page.browser
            .see("document.querySelector('details').open = true");
        page.pictures("names");
    }
    page.turns("judgement");
    assert_eq!(
        page.number_of(".player.wronged"),
        1,
        "the name arrived whole"
    );
    assert_eq!(page.number_of("main img, main b"), 0);
    assert_eq!(page.browser.see("window.broken === undefined"), true);
    assert_eq!(page.browser.step(&json!(["said"])), json!([]));
}

/// An API that answers every request alike; `None` closes the connection.
fn api_that_answers(answer: Option<(u16, &'static str)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            reply(stream, answer);
        }
    });
    format!("http://{address}/prod")
}

fn reply(mut stream: TcpStream, answer: Option<(u16, &str)>) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request);
    if let Some((status, body)) = answer {
        let _ = write!(
            stream,
            "HTTP/1.1 {status} x\r\naccess-control-allow-origin: *\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
    }
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn what_is_wrong_with_the_api_is_said_kindly() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut browser: Option<Browser> = None;
    let refused = r#"{"message":"Missing Authentication Token"}"#;
    let broken = r#"{"message": "Internal server error"}"#;
    for (answer, title, text) in [
        (None, "The API cannot be reached", "Run mafia api"),
        (
            Some((403, refused)),
            "The API has no such path",
            "/game-state answered 403",
        ),
        (Some((404, "no")), "Not found", "no"),
        (Some((429, "{}")), "Too many at once", "try again"),
        (
            Some((500, broken)),
            "The API cannot call the function",
            "Internal server error",
        ),
        (
            Some((501, r#"{"Message":"Not yet: the task of lab 01.2"}"#)),
            "Not written yet",
            "Not yet: the task of lab 01.2",
        ),
        (
            Some((502, broken)),
            "The function's answer is broken",
            "Run mafia api",
        ),
        (
            Some((504, "{}")),
            "The function took too long",
            "Run mafia logs",
        ),
        (Some((418, "<b>tea</b>")), "The API refused", "<b>tea</b>"),
        (
            Some((200, "{}")),
            "The state of the game is broken",
            "a list of players",
        ),
    ] {
        let page = GamePage::new(&api_that_answers(answer)).expect("an address");
        let server = runtime.block_on(PageServer::listen(None));
        let server = server.expect("a port is free");
        let link = server.link();
        runtime.spawn(server.serve(page));
        let browser = match &mut browser {
            Some(browser) => {
                browser.go(&link);
                browser
            }
            none => none.insert(Browser::open(&link)),
        };
        browser.wait("!document.getElementById('problem').hidden");
        let shown = browser.see("document.getElementById('problem').innerText");
        let shown = shown.as_str().expect("a text");
        assert!(shown.contains(title), "{answer:?}: {shown}");
        assert!(shown.contains(text), "{answer:?}: {shown}");
        assert_eq!(
            browser.see("document.getElementById('problem').getAttribute('role')"),
            "alert"
        );
        // Without an API there is nothing to play.
        let disabled =
            browser.see("document.getElementById('new-game').getAttribute('aria-disabled')");
        assert_eq!(disabled, answer.is_none().to_string(), "{answer:?}");
        browser.looks(1440, 1000, "light");
        browser.picture(&format!(
            "game-problem-{}",
            title.to_lowercase().replace(' ', "-")
        ));
    }
}
