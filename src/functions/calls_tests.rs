use proptest::prelude::*;

use super::*;

/// Lines of one function as `(stream, message)`, a millisecond apart.
fn lines(texts: &[(&str, &str)]) -> Vec<Line> {
    let line = |(time, (stream, message)): (usize, &(&str, &str))| Line {
        time: time as u128,
        function: "ann-03-night-turn".to_owned(),
        message: (*message).to_owned(),
        request_id: None,
        stream: (*stream).to_owned(),
        id: time.to_string(),
        from_lambda: false,
    };
    texts.iter().enumerate().map(line).collect()
}

/// One text for each entry: the id of the call, how it ended, and what it wrote.
fn told(entries: Vec<Entry>) -> Vec<String> {
    let text = |entry| match entry {
        Entry::Line(line) => line.message,
        Entry::Call(call) => {
            let output = call.output.iter().map(|line| line.message.as_str());
            let error = call.error.unwrap_or_default();
            let output = output.collect::<Vec<_>>().join("; ");
            format!("{} {:?} {error} [{output}]", call.request_id, call.status)
        }
    };
    entries.into_iter().map(text).collect()
}

fn all(texts: &[(&str, &str)]) -> Vec<String> {
    let mut calls = Calls::default();
    let mut entries = calls.read(&mut lines(texts));
    entries.extend(calls.rest());
    entries.sort_by_key(Entry::time);
    told(entries)
}

const REPORT_A: &str = "REPORT RequestId: a\tDuration: 1.00 ms\t";

#[test]
fn the_output_of_a_call_is_under_it() {
    assert_eq!(
        all(&[
            ("s", "INIT_START Runtime Version: 1"),
            ("s", "starting"),
            ("s", "START RequestId: a Version: $LATEST"),
            ("s", "hello"),
            ("s", "END RequestId: a"),
            ("s", REPORT_A),
            ("s", "afterwards"),
        ]),
        ["a Succeeded  [starting; hello]", "afterwards"]
    );
}

#[test]
fn calls_at_the_same_time_are_told_apart_by_stream_or_id() {
    let told = ["a Succeeded  [one]", "b Running  [two b]"];
    for [one, other] in [["1", "2"], ["", ""]] {
        let texts = [
            (one, "START RequestId: a Version: 1"),
            (one, "one"),
            (other, "START RequestId: b Version: 1"),
            (other, "two b"),
            (one, "END RequestId: a"),
            (one, REPORT_A),
        ];
        assert_eq!(all(&texts), told, "{one:?}");
    }
}

#[test]
fn a_failure_names_its_reason_wherever_lambda_writes_it() {
    let start = ("s", "START RequestId: a Version: 1");
    let report = (
        "s",
        "REPORT RequestId: a\tDuration: 1.00 ms\tStatus: error\tError Type: E",
    );
    let reason = (
        "s",
        "RequestId: a Error: Runtime exited with error: exit status 7",
    );
    let expected = ["a Failed Runtime exited with error: exit status 7 []"];
    assert_eq!(all(&[start, reason, report]), expected);
    assert_eq!(all(&[start, report, reason]), expected);
    assert_eq!(all(&[start, report]), ["a Failed E []"]);
    let own = ("s", "called directly, fails: no table");
    assert_eq!(
        all(&[start, own, ("s", REPORT_A)]),
        ["a Failed no table [called directly, fails: no table]"]
    );
    assert_eq!(
        all(&[start, own, reason, report]),
        [format!(
            "{} [{}]",
            "a Failed Runtime exited with error: exit status 7", own.1
        )]
    );
    assert_eq!(
        all(&[start, own, report]),
        ["a Failed no table [called directly, fails: no table]"]
    );
    let panic = ("s", "thread 'main' panicked at src/a.rs:1:2:");
    assert_eq!(
        all(&[start, panic, ("s", "nobody is left"), ("s", REPORT_A)]),
        ["a Failed panicked at src/a.rs:1:2: nobody is left \
             [thread 'main' panicked at src/a.rs:1:2:; nobody is left]"]
    );
}

#[test]
fn a_call_that_goes_on_is_given_once_and_again_when_it_has_news() {
    let texts = [
        ("s", "START RequestId: a Version: 1"),
        ("s", "one"),
        ("s", "two"),
        ("s", REPORT_A),
    ];
    let mut lines = lines(&texts);
    let mut calls = Calls::default();
    assert!(calls.read(&mut lines[..2]).is_empty());
    assert!(calls.quiet().is_empty(), "it had news just now");
    assert!(calls.read(&mut []).is_empty());
    assert_eq!(told(calls.quiet()), ["a Running  [one]"]);
    assert!(calls.quiet().is_empty());
    assert!(calls.read(&mut lines[2..3]).is_empty());
    assert_eq!(told(calls.read(&mut lines[3..])), ["a Succeeded  [two]"]);
    assert_eq!(lines[2].request_id.as_deref(), Some("a"));
}

proptest! {
    /// Whatever a log says, and in whatever order.
    #[test]
    fn no_line_is_lost(
        texts in prop::collection::vec((0..3_usize, 0..9_usize), 0..40),
        at_once in 1..9_usize,
    ) {
        let texts: Vec<(&str, &str)> = texts.into_iter().map(|(stream, text)| {
            (["", "s", "t"][stream], [
                "START RequestId: a Version: 1",
                "START RequestId: b Version: 1",
                REPORT_A,
                "REPORT RequestId: b\tDuration: 1.00 ms",
                "END RequestId: a",
                "RequestId: a Error: broken down",
                "Runtime.ExitError",
                "hello",
                "hello a",
            ][text])
        }).collect();
        let mut calls = Calls::default();
        let mut entries = Vec::new();
        for part in lines(&texts).chunks_mut(at_once) {
            entries.extend(calls.read(part));
            entries.extend(calls.quiet());
        }
        entries.extend(calls.rest());
        let shown = told(entries).join("\n");
        for text in ["hello", "broken down"] {
            let wanted = texts.iter().filter(|(_, line)| line.contains(text)).count();
            let found = shown.matches(text).count();
            // A reason is told again with the end of a call that was told before.
            let is_shown = if text == "hello" { found == wanted } else { found >= wanted };
            prop_assert!(is_shown, "{} in {}", text, shown);
        }
    }
}
