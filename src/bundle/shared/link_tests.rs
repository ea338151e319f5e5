use super::*;

/// The arguments of a compiler that links a program with these objects.
fn arguments(folder: &Path, shims: &[&str]) -> Vec<OsString> {
    for (name, contents) in [
        ("main.o", "main"),
        ("shim.o", "_7___rustc18___rdl_alloc_zeroed"),
    ] {
        fs::write(folder.join(name), contents).expect("written");
    }
    for name in ["second.o", NAMES] {
        fs::write(folder.join(name), "__rdl_alloc_zeroed").expect("written");
    }
    let object = |name: &str| folder.join(name).into_os_string();
    let mut arguments = vec!["-m64".into(), object("main.o"), object(NAMES)];
    arguments.extend(shims.iter().map(|name| object(name)));
    let rest = "-Wl,--as-needed -Wl,-Bstatic /d/libgame-1.rlib /d/libserde-2.rlib /s/libstd-3.rlib \
                /s/libcompiler_builtins-4.rlib -Wl,-Bdynamic -lc -L /tmp/rustc1/raw-dylibs -L /d/ring \
                -fuse-ld=lld -o /d/dawn -Wl,--gc-sections -pie -nodefaultlibs";
    arguments.extend(rest.split_whitespace().map(OsString::from));
    arguments
}

fn parts<'a>(all: &'a [OsString], shim: &'a OsString) -> Parts<'a> {
    let shared = all.iter().filter(|it| is_shared(it, "libgame-")).collect();
    let names = all
        .iter()
        .filter(|it| Path::new(it).ends_with(NAMES))
        .collect();
    Parts {
        all,
        shim,
        names,
        shared,
    }
}

fn text(arguments: &[OsString], folder: &Path) -> String {
    let texts: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
    texts
        .join(" ")
        .replace(&format!("{}/", folder.display()), "")
}

#[test]
fn a_program_is_linked_against_the_library_and_keeps_its_own_crate() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = arguments(folder.path(), &["shim.o"]);
    let parts = parts(&all, &all[3]);
    assert_eq!(
        text(&parts.against(Path::new("/l/libmafia-5.so")), folder.path()),
        "-m64 main.o -Wl,--as-needed -Wl,-Bstatic /d/libgame-1.rlib -Wl,-Bdynamic /l/libmafia-5.so \
         -Wl,-Bstatic /s/libcompiler_builtins-4.rlib -Wl,-Bdynamic -lc -L /tmp/rustc1/raw-dylibs -L \
         /d/ring -fuse-ld=lld -o /d/dawn -Wl,--gc-sections -pie -nodefaultlibs"
    );
    assert_eq!(
        text(
            &parts.for_library(Path::new("/l/new"), "name"),
            folder.path()
        ),
        "-shared -o /l/new -Wl,-soname,name -Wl,-Bsymbolic -Wl,--no-undefined -Wl,--strip-all shim.o \
         -Wl,--whole-archive /d/libserde-2.rlib /s/libstd-3.rlib -Wl,--no-whole-archive -m64 \
         -Wl,--as-needed /s/libcompiler_builtins-4.rlib -lc -L /d/ring -fuse-ld=lld -Wl,--gc-sections \
         -nodefaultlibs"
    );
}

#[test]
fn what_is_not_as_expected_is_linked_as_always() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = |shims: &[&str]| {
        let all = arguments(folder.path(), shims);
        Parts::of(&all).expect("read").is_some()
    };
    assert!(found(&["shim.o"]));
    assert!(!found(&[]), "an allocator of its own");
    assert!(!found(&["shim.o", "second.o"]));
    let none = ["-m64".into(), folder.path().join("shim.o").into()];
    assert!(Parts::of(&none).expect("read").is_none(), "no crates");
}

/// With other crates, another linker or other settings, the library is linked anew: also after a change of the
/// compiler, which replaces the files of all crates.
#[test]
fn a_library_is_known_by_all_that_it_is_made_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let shim: OsString = "shim.o".into();
    let crates = ["libserde-2.rlib", "libstd-3.rlib"].map(|name| folder.path().join(name));
    let write = |text: &str| {
        crates
            .iter()
            .for_each(|it| fs::write(it, text).expect("written"))
    };
    let known = |linker: &str, settings: &[&str], crates: &[PathBuf]| {
        let settings = settings.iter().map(OsString::from);
        let all: Vec<_> = settings
            .chain(crates.iter().map(|it| it.clone().into_os_string()))
            .collect();
        inputs(OsStr::new(linker), &parts(&all, &shim)).expect("read")
    };
    write("one");
    let first = known("cc", &["-m64"], &crates);
    let other_order: Vec<_> = crates.iter().rev().cloned().collect();
    assert_eq!(known("cc", &["-m64"], &other_order), first);
    assert_ne!(known("clang", &["-m64"], &crates), first);
    assert_ne!(known("cc", &["-m64", "-fuse-ld=mold"], &crates), first);
    assert_ne!(known("cc", &["-m64"], &crates[..1]), first);
    write("another");
    assert_ne!(known("cc", &["-m64"], &crates), first);
}

#[test]
fn a_library_that_was_changed_is_not_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let nameless = name_of(&"0".repeat(DIGITS));
    let mut bytes = format!("code {nameless} code").into_bytes();
    let name = name_of(&hexadecimal(Sha256::new_with_prefix(&bytes)));
    rename(&mut bytes, &nameless, &name);
    let library = folder.path().join(&name);
    fs::write(&library, &bytes).expect("written");
    assert!(is_whole(&library).expect("read"));
    bytes[0] ^= 1;
    fs::write(&library, &bytes).expect("written");
    assert!(!is_whole(&library).expect("read"));
    fs::write(&library, "").expect("written");
    assert!(!is_whole(&library).expect("read"));
}
