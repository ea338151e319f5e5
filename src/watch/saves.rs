//! Which notifications are about a save. Pure.

use std::path::Path;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind};

/// Whether it says that the contents of a file that `matters` may be other ones now.
pub(super) fn saved(event: &notify::Result<Event>, matters: impl Fn(&Path) -> bool) -> bool {
    // After a failure of the system's queue, anything may have been saved.
    let Ok(event) = event else { return true };
    event.need_rescan() || (may_change(event.kind) && event.paths.iter().any(|path| matters(path)))
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
    use notify::event::{CreateKind, DataChange, Flag, MetadataKind, RemoveKind, RenameMode};

    use super::*;

    fn is_saved(event: Event) -> bool {
        saved(&Ok(event), |path| path.ends_with("names.txt"))
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
        assert!(saved(&Err(notify::Error::generic("queue")), |_| false));
    }
}
