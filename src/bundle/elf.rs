//! Checks whether a binary can start on Lambda, by the headers of its ELF file.
//!
//! Format: the System V ABI's "Object Files" chapter, and the Linux Standard Base's chapter on symbol
//! versioning for the section of needed versions.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use object::LittleEndian;
use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _};
use object::read::{ReadCache, ReadRef};

use super::architecture::Architecture;
use super::error::BundleError;
use super::runtime::{Glibc, RUNTIME_GLIBC};

/// The bytes of an ELF header up to the end of `e_machine`.
const HEAD: usize = 20;

/// The machine that an ELF file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Lambda(Architecture),
    /// A machine that Lambda does not have: the number in the ELF header (`e_machine`).
    Other(u16),
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lambda(architecture) => architecture.fmt(f),
            Self::Other(number) => write!(
                f,
                "a machine that Lambda does not support (ELF number {number})"
            ),
        }
    }
}

/// What a binary requires of the machine that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elf {
    pub machine: Machine,
    /// The newest glibc that a symbol requires; `None` for a static binary.
    pub glibc: Option<Glibc>,
}

/// Reads what the binary at `path` requires. Reads only some kilobytes of it.
pub fn inspect(path: &Path) -> Result<Elf, BundleError> {
    let unreadable = |source| BundleError::read(path, source);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref()
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    if !head.starts_with(&elf::ELFMAG) {
        return Err(BundleError::NotElf {
            path: path.to_owned(),
            found: name_format(&head),
        });
    }
    if let Some(machine) = foreign_machine(&head) {
        let machine = Machine::Other(machine);
        return Ok(Elf {
            machine,
            glibc: None,
        });
    }
    parse(&ReadCache::new(file)).map_err(|error| BundleError::BrokenElf {
        path: path.to_owned(),
        detail: error.to_string(),
    })
}

/// An error when the binary at `path` cannot start on the runtime on `architecture`.
pub fn check(path: &Path, architecture: Architecture) -> Result<Elf, BundleError> {
    let found = inspect(path)?;
    if found.machine != Machine::Lambda(architecture) {
        return Err(BundleError::WrongArchitecture {
            path: path.to_owned(),
            found: found.machine.to_string(),
            wanted: architecture,
        });
    }
    match found.glibc {
        Some(needs) if needs > RUNTIME_GLIBC => Err(BundleError::NewGlibc {
            path: path.to_owned(),
            needs,
        }),
        _ => Ok(found),
    }
}

/// The names of the libraries that the program at `path` needs.
pub fn needed(path: &Path) -> Result<Vec<String>, BundleError> {
    let file = File::open(path).map_err(|source| BundleError::read(path, source))?;
    needed_names(&ReadCache::new(file)).map_err(|error| BundleError::BrokenElf {
        path: path.to_owned(),
        detail: error.to_string(),
    })
}

/// The same of a program with these bytes.
pub fn needed_by(program: &[u8]) -> io::Result<Vec<String>> {
    needed_names(program).map_err(io::Error::other)
}

fn needed_names<'data, R: ReadRef<'data>>(data: R) -> object::read::Result<Vec<String>> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let sections = header.sections(endian, data)?;
    let Some((entries, strings)) = sections.dynamic(endian, data)? else {
        return Ok(Vec::new());
    };
    let strings = sections.strings(endian, data, strings)?;
    let needed = entries
        .iter()
        .filter(|entry| entry.d_tag(endian) == elf::DT_NEEDED);
    let names = needed.map(|entry| entry.string(endian, strings));
    let names = names.map(|name| Ok(String::from_utf8_lossy(name?).into_owned()));
    names.collect()
}

fn name_format(head: &[u8]) -> &'static str {
    match head {
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            "a macOS program (Mach-O)"
        }
        [b'M', b'Z', ..] => "a Windows program (PE)",
        [b'#', b'!', ..] => "a script",
        [] => "empty",
        _ => "in an unknown format",
    }
}

/// `e_machine` of a header that is 32-bit or big-endian; both machines of Lambda are neither.
fn foreign_machine(head: &[u8]) -> Option<u16> {
    let &[.., first, second] = head.first_chunk::<HEAD>()?;
    match (elf::FileClass(head[4]), elf::DataEncoding(head[5])) {
        (elf::ELFCLASS64, elf::ELFDATA2LSB) => None,
        (_, elf::ELFDATA2MSB) => Some(u16::from_be_bytes([first, second])),
        _ => Some(u16::from_le_bytes([first, second])),
    }
}

fn parse<'data, R: ReadRef<'data>>(data: R) -> object::read::Result<Elf> {
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let machine = match header.e_machine(LittleEndian) {
        elf::EM_X86_64 => Machine::Lambda(Architecture::X86_64),
        elf::EM_AARCH64 => Machine::Lambda(Architecture::Arm64),
        other => Machine::Other(other.0),
    };
    Ok(Elf {
        machine,
        glibc: newest_glibc(header, data)?,
    })
}

/// The newest glibc that the loader requires. All libraries count: glibc is several files
/// (`libc.so.6`, `libm.so.6`, …) of one version.
fn newest_glibc<'data, R: ReadRef<'data>>(
    header: &FileHeader64<LittleEndian>,
    data: R,
) -> object::read::Result<Option<Glibc>> {
    let endian = LittleEndian;
    let sections = header.sections(endian, data)?;
    let Some((mut libraries, strings)) = sections.gnu_verneed(endian, data)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, data, strings)?;
    let mut newest = None;
    while let Some((_, mut versions)) = libraries.next()? {
        while let Some(version) = versions.next()? {
            // A missing version that is only weakly required does not stop the loader.
            if version.vna_flags.get(endian).contains(elf::VER_FLG_WEAK) {
                continue;
            }
            newest = newest.max(Glibc::of_symbol_version(version.name(endian, strings)?));
        }
    }
    Ok(newest)
}

#[cfg(test)]
#[path = "elf_tests.rs"]
mod tests;
