//! Which notifications are about a save. Pure.

use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind};

/// The files that `matter` whose contents may be other ones now; `None` if it says that of none. Empty if it may be
/// any: after a failure of the system's queue.
pub(super) fn saved(
    event: &notify::Result<Event>,
    matter: impl Fn(&Path) -> bool,
) -> Option<Vec<PathBuf>> {
    let event = match event {
        Ok(event) if !event.need_rescan() => event,
        _ => return Some(Vec::new()),
    };
    let paths = event.paths.iter().filter(|path| matter(path));
    let paths: Vec<PathBuf> = paths.cloned().collect();
    (may_change(event.kind) && !paths.is_empty()).then_some(paths)
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
        assert_eq!(lost, Some(Vec::new()));
    }
}
