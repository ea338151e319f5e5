//! `AWS_LAMBDA_RUNTIME_API`: where a program reaches its Runtime API.
//!
//! Lambda's value is `host:port`, before which programs put `http://`. Where a path with a secret follows,
//! Lambda's runtime for Rust needs the scheme: it parses the value as a URI, which has no path without one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::memmem::Finder;

use crate::lambda::bundle_cache::UnpackedBundle;

/// In the user agent of Lambda's runtime for Rust, and so in every program that contains it.
const RUST_RUNTIME: &[u8] = b"aws-lambda-rust/";
const CHUNK: usize = 64 << 10;

/// `address` in the form that the bundle's program reads.
pub fn for_program(code: &UnpackedBundle, address: &str) -> String {
    if address.contains('/') && code.is_rust(is_rust) {
        format!("http://{address}")
    } else {
        address.to_owned()
    }
}

/// A program that cannot be read cannot be started either.
fn is_rust(bootstrap: &Path) -> bool {
    File::open(bootstrap)
        .and_then(|program| contains(program, RUST_RUNTIME))
        .unwrap_or(false)
}

fn contains(mut program: impl Read, words: &[u8]) -> io::Result<bool> {
    let finder = Finder::new(words);
    let mut window = vec![0; CHUNK];
    let mut kept = 0;
    loop {
        let read = program.read(&mut window[kept..])?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if finder.find(&window[..filled]).is_some() {
            return Ok(true);
        }
        // The words may begin at the end of this chunk.
        kept = filled.min(words.len() - 1);
        window.copy_within(filled - kept..filled, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_across_chunks() {
        for before in [
            0,
            1,
            CHUNK - 17,
            CHUNK - 8,
            CHUNK - 1,
            CHUNK,
            3 * CHUNK - 20,
        ] {
            let mut program = vec![b'a'; before];
            program.extend_from_slice(RUST_RUNTIME);
            assert!(
                contains(&program[..], RUST_RUNTIME).expect("read"),
                "{before}"
            );
            program.pop();
            assert!(
                !contains(&program[..], RUST_RUNTIME).expect("read"),
                "{before}"
            );
        }
        assert!(!contains(io::empty(), RUST_RUNTIME).expect("read"));
    }

    #[test]
    fn each_program_gets_the_form_that_it_reads() {
        let form = |program: Option<&str>| {
            let code = UnpackedBundle::of(tempfile::tempdir().expect("a folder"));
            if let Some(program) = program {
                std::fs::write(code.bootstrap(), program).expect("it can be written");
            }
            assert_eq!(for_program(&code, "127.0.0.1:1"), "127.0.0.1:1");
            for_program(&code, "127.0.0.1:1/path")
        };
        assert_eq!(
            form(Some("…aws-lambda-rust/1.1.1…")),
            "http://127.0.0.1:1/path"
        );
        assert_eq!(form(Some("#!/bin/sh")), "127.0.0.1:1/path");
        assert_eq!(form(None), "127.0.0.1:1/path");
    }
}
