//! A game's life in four chapters (first deployment, patch, update, clean-up), lived once in peace
//! and then, in accounts of its own, once for each thing that can happen to one of its requests.
//! However a chapter is disturbed, it has to end like the peaceful one.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::endpoint::Endpoint;
use crate::listing::Listing;
use crate::proxy::{At, Proxy, Recorded};
use crate::student::Student;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";

/// Most of a command is waiting: for the server, and between looks at it.
const WORKERS_PER_CORE: usize = 2;

/// What a student does next.
pub struct Chapter {
    pub name: &'static str,
    edit: fn(&Workspace),
    pub command: &'static [&'static str],
}

const CHAPTERS: [Chapter; 4] = [
    Chapter {
        name: "first deployment",
        edit: |_| {},
        command: &["deploy"],
    },
    Chapter {
        name: "patch of all functions",
        edit: |workspace| {
            workspace.write(
                "names.txt",
                "Ann\nBen\nCem\nDan\nEve\nFay\nGil\nHal\nIda\nJo\n",
            )
        },
        command: &["deploy"],
    },
    Chapter {
        name: "update with new code for one function",
        edit: |workspace| {
            workspace.edit(
                "src/bin/day-turn.rs",
                "day-turn",
                "day-turn, second edition",
            );
        },
        command: &["deploy", "--parameter", "Players=7"],
    },
    Chapter {
        name: "clean-up",
        edit: |_| {},
        command: &["clean"],
    },
];

/// Lives the chapters in peace and in `accounts` others. `disturbances` makes of a peaceful chapter's
/// requests what is to be tried; these are dealt out to the accounts like cards, and `disturbed` does
/// the chapter in one account with those it got.
///
/// # Panics
///
/// When an account ends another way than the peaceful one.
pub fn live<D: Sync>(
    endpoint: &Endpoint,
    accounts: usize,
    disturbances: impl Fn(&[(At, Recorded)]) -> Vec<D>,
    disturbed: impl Fn(&Student, &Chapter, &[&D]) + Sync,
) {
    let workspace = Workspace::light();
    let peaceful = Student::new(endpoint, STACK, &workspace);
    let other = |_| peaceful.at(&endpoint.elsewhere());
    let others: Vec<Student> = (0..accounts).map(other).collect();
    for chapter in &CHAPTERS {
        (chapter.edit)(&workspace);
        let proxy = Proxy::in_front_of(endpoint);
        peaceful.through(&proxy).run(chapter.command).succeeds();
        let disturbances = disturbances(&proxy.occurrences());
        each(&others, |number, student| {
            let hand: Vec<&D> = disturbances.iter().skip(number).step_by(accounts).collect();
            disturbed(student, chapter, &hand);
        });
        assert_all_alike(chapter, &peaceful, &others);
    }
}

/// Calls `work` for each student, some at a time.
fn each(students: &[Student], work: impl Fn(usize, &Student) + Sync) {
    let workers = WORKERS_PER_CORE * thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, student)) = take(students, &next) {
                    work(index, student);
                }
            });
        }
    });
}

fn take<'s>(students: &'s [Student], next: &AtomicUsize) -> Option<(usize, &'s Student)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, students.get(index)?))
}

fn assert_all_alike(chapter: &Chapter, peaceful: &Student, others: &[Student]) {
    let students = || std::iter::once(peaceful).chain(others);
    let endpoints: Vec<_> = students().map(|student| student.endpoint.clone()).collect();
    let mut listings = Listing::of_each(&endpoints)
        .into_iter()
        .zip(&endpoints)
        .map(|(listing, endpoint)| listing.without_drawn_names(endpoint).without_bundles());
    let expected = listings.next().expect("the peaceful one is among them");
    for (number, listing) in (1..).zip(listings) {
        let difference = expected.difference(&listing);
        assert!(
            difference.is_empty(),
            "{}, account {number}: ended differently\n{difference}",
            chapter.name
        );
    }
}
