//! ELF files made byte by byte, as a linker lays them out: header, strings, needed versions, sections.

use std::fs;

use super::*;

const X86_64: u16 = 62;
const ARM64: u16 = 183;

/// A needed symbol version, and whether the loader may do without it.
type Need = (&'static str, bool);

fn elf_file(machine: u16, needs: &[Need]) -> Vec<u8> {
    let mut strings = b"\0libc.so.6\0".to_vec();
    let mut versions = Vec::new();
    push16(&mut versions, &[1, needs.len() as u16]);
    push32(&mut versions, &[1, 16, 0]);
    for (index, (name, weak)) in needs.iter().enumerate() {
        let last = index + 1 == needs.len();
        push32(&mut versions, &[0]);
        push16(
            &mut versions,
            &[if *weak { 2 } else { 0 }, 2 + index as u16],
        );
        push32(
            &mut versions,
            &[strings.len() as u32, if last { 0 } else { 16 }],
        );
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
    }
    strings.resize(strings.len().next_multiple_of(8), 0);
    let (strings_at, versions_at) = (64, 64 + strings.len() as u64);
    let sections_at = versions_at + versions.len() as u64;
    let sections = if needs.is_empty() { 2 } else { 3 };

    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    push16(&mut file, &[3, machine]);
    push32(&mut file, &[1]);
    push64(&mut file, &[0, 0, sections_at]);
    push32(&mut file, &[0]);
    push16(&mut file, &[64, 56, 0, 64, sections, 1]);
    file.extend_from_slice(&strings);
    file.extend_from_slice(&versions);
    push_section(&mut file, 0, 0, 0, 0);
    push_section(&mut file, 3, strings_at, strings.len(), 0);
    if !needs.is_empty() {
        push_section(&mut file, 0x6fff_fffe, versions_at, versions.len(), 1);
    }
    file
}

fn push_section(file: &mut Vec<u8>, kind: u32, offset: u64, size: usize, link: u32) {
    push32(file, &[0, kind]);
    push64(file, &[0, 0, offset, size as u64]);
    push32(file, &[link, 1]);
    push64(file, &[8, 0]);
}

fn push16(file: &mut Vec<u8>, numbers: &[u16]) {
    file.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
}

fn push32(file: &mut Vec<u8>, numbers: &[u32]) {
    file.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
}

fn push64(file: &mut Vec<u8>, numbers: &[u64]) {
    file.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
}

/// What `check` says of a file with these contents; an error in words, without the folder.
fn verdict(contents: &[u8], architecture: Architecture) -> Result<Option<Glibc>, String> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("bootstrap");
    fs::write(&path, contents).expect("a file for the test");
    match check(&path, architecture) {
        Ok(found) => Ok(found.glibc),
        Err(error) => {
            let parent = format!("{}/", folder.path().display());
            Err(error.to_string().replace(&parent, ""))
        }
    }
}

#[test]
fn what_the_runtime_has_is_enough() {
    let file = elf_file(X86_64, &[("GLIBC_2.2.5", false), ("GLIBC_2.34", false)]);
    let needs = verdict(&file, Architecture::X86_64);
    assert_eq!(needs, Ok(Some(Glibc::new(2, 34))));
}

#[test]
fn a_newer_glibc_is_refused() {
    let needs = [
        ("GLIBC_2.9", false),
        ("GLIBC_2.38", false),
        ("GLIBC_2.17", false),
    ];
    assert_eq!(
        verdict(&elf_file(ARM64, &needs), Architecture::Arm64),
        Err(
            "`bootstrap` needs glibc 2.38, but provided.al2023 has 2.34: it would not start"
                .to_owned()
        )
    );
}

#[test]
fn packed_relocations_need_a_newer_glibc() {
    let file = elf_file(
        X86_64,
        &[("GLIBC_2.2.5", false), ("GLIBC_ABI_DT_RELR", false)],
    );
    let refusal = verdict(&file, Architecture::X86_64);
    assert!(refusal.is_err_and(|words| words.contains("glibc 2.36")));
}

#[test]
fn what_is_weakly_needed_or_of_no_version_does_not_count() {
    let needs = [
        ("GLIBC_2.39", true),
        ("GLIBC_PRIVATE", false),
        ("GCC_3.0", false),
    ];
    let file = elf_file(X86_64, &needs);
    assert_eq!(verdict(&file, Architecture::X86_64), Ok(None));
}

#[test]
fn a_static_binary_needs_nothing() {
    let file = elf_file(ARM64, &[]);
    assert_eq!(verdict(&file, Architecture::Arm64), Ok(None));
}

#[test]
fn another_machine_is_refused() {
    let refusal = |machine, wanted| verdict(&elf_file(machine, &[]), wanted);
    assert_eq!(
        refusal(ARM64, Architecture::X86_64),
        Err("`bootstrap` is for arm64, but the functions run on x86_64".to_owned())
    );
    let riscv = refusal(243, Architecture::Arm64);
    assert!(riscv.is_err_and(|words| words.contains("ELF number 243")));
}

#[test]
fn a_file_of_32_bits_or_of_big_endian_numbers_is_for_another_machine() {
    let mut small = elf_file(X86_64, &[]);
    small[4] = 1;
    assert!(verdict(&small, Architecture::X86_64).is_err_and(|w| w.contains("ELF number 62")));
    let mut big = elf_file(ARM64.swap_bytes(), &[]);
    big[5] = 2;
    assert!(verdict(&big, Architecture::Arm64).is_err_and(|w| w.contains("ELF number 183")));
}

#[test]
fn a_program_of_another_system_is_named() {
    let refusal = |contents: &[u8]| verdict(contents, Architecture::Arm64);
    assert_eq!(
        refusal(b"\xcf\xfa\xed\xfe\x0c\0\0\x01"),
        Err("`bootstrap` is a macOS program (Mach-O), not a Linux program".to_owned())
    );
    assert!(refusal(b"MZ\x90\0").is_err_and(|words| words.contains("Windows")));
    assert!(refusal(b"#!/bin/sh\n").is_err_and(|words| words.contains("a script")));
    assert!(refusal(b"").is_err_and(|words| words.contains("is empty")));
}

#[test]
fn a_truncated_file_is_refused_and_never_a_panic() {
    let whole = elf_file(X86_64, &[("GLIBC_2.34", false), ("GLIBC_2.2.5", false)]);
    for length in 4..whole.len() {
        let refusal = verdict(&whole[..length], Architecture::X86_64);
        assert!(refusal.is_err(), "cut to {length} bytes: {refusal:?}");
    }
}

#[test]
fn the_test_program_itself_is_read() -> Result<(), BundleError> {
    let program = std::env::current_exe().expect("the test's own path");
    if std::env::consts::OS != "linux" {
        return Ok(());
    }
    let host = Architecture::host().map(Machine::Lambda);
    assert_eq!(Some(inspect(&program)?.machine), host);
    Ok(())
}
