use std::sync::Mutex;

use futures_util::StreamExt;

use super::*;

#[test]
fn a_state_that_is_told_again_is_dropped_and_everything_else_kept() {
    let told = Mutex::new(Vec::new());
    let listener = |event| told.lock().expect("no panic").push(event);
    let progress = |done| BuildEvent::Progress {
        done,
        total: 2,
        current: "dawn".to_owned(),
    };
    let waiting = || BuildEvent::Waiting {
        lock: "build directory".to_owned(),
    };
    let remark = || BuildEvent::Remark {
        text: "unused key".to_owned(),
    };
    let mut events = Deduplicated::new(&listener);
    for event in [
        progress(1),
        progress(1),
        remark(),
        remark(),
        progress(1),
        progress(2),
        waiting(),
        waiting(),
        progress(2),
    ] {
        events.emit(event);
    }
    let expected = [
        progress(1),
        remark(),
        remark(),
        progress(2),
        waiting(),
        progress(2),
    ];
    assert_eq!(told.into_inner().expect("no panic"), expected);
}

#[tokio::test]
async fn both_streams_come_in_pieces_and_the_last_needs_no_end() {
    let texts = |ends| {
        let stream = b"a\xc3\xa9\n\r100%\rlast".as_slice();
        pieces(stream, ends)
            .map(|piece| piece.expect("read"))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(b"\n").await, ["aé", "\r100%\rlast"]);
    assert_eq!(texts(b"\r\n").await, ["aé", "", "100%", "last"]);
    let mut both = said(b"{}\n".as_slice(), b"a\rb\n".as_slice())
        .collect::<Vec<_>>()
        .await;
    both.sort_by_key(|piece| matches!(piece, Ok(Said::Error(_))));
    let both: Vec<_> = both.into_iter().map(|piece| piece.expect("read")).collect();
    assert!(
        matches!(&both[..], [Said::Output(_), Said::Error(a), Said::Error(b)] if a == "a" && b == "b")
    );
}
