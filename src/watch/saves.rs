//! Which notifications are about a save. Pure.

use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind};

/// What a notification says.
#[derive(Debug, PartialEq)]
pub(super) struct Save {
    /// The files whose contents may be other ones now. Empty if it may be any: after a failure of the
    /// system's queue.
    pub files: Vec<PathBuf>,
    /// Whether a file is surely whole: the system may not say so of any.
    pub is_done: bool,
}

/// What it says of the files that `matter`; `None` if nothing.
pub(super) fn saved(event: &notify::Result<Event>, matter: impl Fn(&Path) -> bool) -> Option<Save> {
    let event = match event {
        Ok(event) if !event.need_rescan() => event,
        _ => {
            return Some(Save {
                files: Vec::new(),
                is_done: false,
            });
        }
    };
    let files = event.paths.iter().filter(|path| matter(path));
    let files: Vec<PathBuf> = files.cloned().collect();
    (may_change(event.kind) && !files.is_empty()).then_some(Save {
        files,
        is_done: ends(event.kind),
    })
}

/// Whether a file was closed, or came to its place as a whole.
fn ends(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To))
    )
}

fn may_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Modify(ModifyKind::Metadata(_)) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, MetadataKind, RemoveKind};

    use super::*;

    fn is_saved(event: Event) -> bool {
        saved(&Ok(event), |path| path.ends_with("names.txt")).is_some()
    }

    #[test]
    fn a_save_is_whatever_gives_a_file_other_contents() {
        for kind in [
            EventKind::Any,
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
            EventKind::Remove(RemoveKind::File),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        ] {
            let event = |path: &str| Event::new(kind).add_path(path.into());
            assert!(is_saved(event("/w/names.txt")), "{kind:?}");
            assert!(!is_saved(event("/w/names.txt~")), "{kind:?}");
        }
        for kind in [
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::WriteTime)),
        ] {
            let event = Event::new(kind).add_path("/w/names.txt".into());
            assert!(!is_saved(event), "{kind:?}");
        }
    }

    #[test]
    fn where_notifications_were_lost_anything_may_have_been_saved() {
        assert!(is_saved(
            Event::new(EventKind::Other).set_flag(Flag::Rescan)
        ));
        let lost = saved(&Err(notify::Error::generic("queue")), |_| false);
        assert_eq!(lost.expect("it may be any").files, [] as [PathBuf; 0]);
    }

    #[test]
    fn a_save_is_done_when_the_file_is_closed_or_in_its_place() {
        let done = |kind| {
            let event = Event::new(kind).add_path("/w/names.txt".into());
            saved(&Ok(event), |_| true).expect("a save").is_done
        };
        let renamed = |mode| EventKind::Modify(ModifyKind::Name(mode));
        assert!(done(EventKind::Access(AccessKind::Close(
            AccessMode::Write
        ))));
        assert!(done(renamed(RenameMode::To)));
        assert!(!done(renamed(RenameMode::From)));
        assert!(!done(EventKind::Create(CreateKind::File)));
        assert!(!done(EventKind::Remove(RemoveKind::File)));
    }
}
