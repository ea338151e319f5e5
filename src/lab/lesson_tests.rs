use super::*;

#[test]
fn a_form_of_a_file_is_made_by_edits_alone() {
    let edit = |path| format!("Put this into `{path}`:\n\n```rust\nnew\n```\n");
    let of_a = |text: &str| edited(text, "a", "old\n");
    assert_eq!(of_a(&(edit("b") + &edit("a"))), Ok("new\n".to_owned()));
    assert_eq!(of_a(&edit("b")), Err("does not change a".to_owned()));
    assert_eq!(
        edited(&edit("a"), "a", "new\n"),
        Err("does not change a".to_owned())
    );
    let run = edit("a") + "\n```sh\nls\n```\n";
    assert_eq!(of_a(&run), Err("line 7: has to change a file".to_owned()));
}

#[test]
fn a_lab_begins_without_the_edits_of_its_lesson_unless_it_says_otherwise() {
    let replace = |old, new| {
        format!(
            "In `a`, replace this:\n\n```yaml\n{old}\n```\n\nwith this:\n\n```yaml\n{new}\n```\n\n"
        )
    };
    let lesson = replace("one", "one\ntwo") + &replace("two", "two\nthree");
    let begun =
        |starter: &str, lesson: &str, path| begun(starter, lesson, path, "one\ntwo\nthree\n");
    assert_eq!(begun("Nothing.", &lesson, "a"), Ok("one\n".to_owned()));
    let own = replace("three", "drei");
    assert_eq!(begun(&own, &lesson, "a"), Ok("one\ntwo\ndrei\n".to_owned()));
    for (lesson, path, problem) in [
        (
            lesson.as_str(),
            "b",
            "neither this nor the lesson changes b",
        ),
        (
            &replace("one", "four"),
            "a",
            "the lines to replace occur 0 times",
        ),
        (
            "Put this into `a`:\n\n```yaml\none\n```\n",
            "a",
            "cannot be taken back",
        ),
    ] {
        let refused = begun("", lesson, path).expect_err(problem);
        assert!(refused.contains(problem), "{refused}");
    }
}

fn edits(lesson: &str, mut file: Option<String>) -> String {
    for step in steps(lesson).unwrap_or_else(|error| panic!("{error}")) {
        if let Action::Edit(edit) = step.action {
            file = Some(edit.apply(file.as_deref()).expect("it fits"));
        }
    }
    file.expect("a file was written")
}

#[test]
fn a_file_is_written_in_steps() {
    let lesson = "\
# Title

Look. Put this into
`src/a.rs`:

```rust
fn a() {}
fn b() {}
```

Add this at the end of `src/a.rs`:

```rust
fn c() {}
```

So in `src/a.rs`, replace this:

```rust
fn b() {}
```

with this:

```rust
fn d() {}
```

In `src/a.rs`, replace this:

```rust
fn c() {}
```

with this:

```rust
```

```rust example
fn only_shown() {}
```
";
    assert_eq!(edits(lesson, None), "fn a() {}\nfn d() {}\n");
    assert_eq!(title(lesson), Some("Title"));
    assert_eq!(steps(lesson).expect("it is right")[1].line, 13);
}

#[test]
fn commands_have_the_output_that_follows() {
    let lesson = "```sh\nmafia a\nmafia b\n```\n\nand see\n\n```text\n1\n\n2\n```\n\n\
                      ```diagram\n->\n```\n\n```sh fails\nmafia c\n```\n";
    let commands = |lines: &[&str], last_fails, output: &[&str]| {
        let owned = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        Action::Run(Commands {
            lines: owned(lines),
            last_fails,
            output: owned(output),
        })
    };
    let steps = steps(lesson).expect("it is right");
    let actions: Vec<_> = steps.into_iter().map(|step| step.action).collect();
    assert_eq!(
        actions,
        [
            commands(&["mafia a", "mafia b"], false, &["1", "2"]),
            commands(&["mafia c"], true, &[])
        ]
    );
}

#[test]
fn a_lesson_that_nobody_can_follow_is_refused_with_the_line() {
    for (lesson, complaint) in [
        (
            "a\n\n```rust\nfn a() {}\n```\n",
            "line 3: the paragraph before names no file",
        ),
        (
            "```text\nx\n```\n",
            "line 1: the output stands behind no command",
        ),
        (
            "In `a`, replace this:\n\n```rust\na\n```\n\nby that:\n\n```rust\nb\n```\n",
            "line 9: the paragraph before has to end with `with this:`",
        ),
        (
            "In `a`, replace this:\n\n```rust\na\n```\n",
            "line 3: `with this:` and a block",
        ),
    ] {
        let error = steps(lesson).expect_err(lesson).to_string();
        assert!(error.starts_with(complaint), "{error}");
    }
}

#[test]
fn lines_to_replace_have_to_be_there_once_and_whole() {
    let lesson = "In `a`, replace this:\n\n```rust\nb\n```\n\nwith this:\n\n```rust\nc\n```\n";
    let Action::Edit(edit) = steps(lesson).expect("it is right").remove(0).action else {
        panic!("it is an edit");
    };
    assert_eq!(edit.apply(Some("a\nb\n")), Ok("a\nc\n".to_owned()));
    for (file, times) in [
        ("b\nb\n", "2 times"),
        ("ab\n", "0 times"),
        ("bc\n", "0 times"),
    ] {
        let problem = edit.apply(Some(file)).expect_err(file);
        assert!(problem.contains(times), "{problem}");
    }
    assert_eq!(edit.apply(None), Err("there is no file a".to_owned()));
}

#[test]
fn output_is_compared_line_by_line_with_room_for_anything() {
    let commands = |output: &[&str]| Commands {
        lines: Vec::new(),
        last_fails: false,
        output: output.iter().map(|&line| line.to_owned()).collect(),
    };
    let printed = "NAME    SIDE\nAnn     Mafia\n\n  \"Message\": [\n\"Mafia kills Bob\"\n10 items";
    for expected in [
        &["NAME SIDE", "Ann …"][..],
        &["…", "…kills…", "10 items"],
        &["\"Mafia kills …\""],
        &["\"Message\": ["],
    ] {
        assert_eq!(commands(expected).missing_in(printed), None, "{expected:?}");
    }
    for (expected, missing) in [
        (&["Mafia kills …"][..], "Mafia kills …"),
        (&["10 items", "NAME SIDE"], "NAME SIDE"),
        (&["NAME"], "NAME"),
        (&["Ann … Innocent"], "Ann … Innocent"),
        (&["NAME SIDE", "NAME SIDE"], "NAME SIDE"),
    ] {
        assert_eq!(commands(expected).missing_in(printed), Some(missing));
    }
}
