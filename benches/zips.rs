//! Patches a zip as QuickBuild does, for `benches/zips`: `zips ZIP CHANGES RESULT` prints the seconds.

use std::time::Instant;
use std::{env, fs};

use mafia_zip_patch::{apply, changes_from_json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = env::args().skip(1).collect();
    let [zip, changes, result] = &paths[..] else {
        return Err("zips ZIP CHANGES RESULT".into());
    };
    let changes = changes_from_json(&serde_json::from_slice(&fs::read(changes)?)?)?;
    let started = Instant::now();
    let patched = apply(&fs::read(zip)?, &changes)?;
    fs::write(result, &patched.zip)?;
    print(&started.elapsed().as_secs_f64().to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result of a program of its own")]
fn print(text: &str) {
    println!("{text}");
}
