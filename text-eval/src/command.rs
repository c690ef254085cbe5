//! What the commands of this package share: the words behind a command in, which of its options and
//! which paths were said out; and how it ends.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands print")]

use std::path::PathBuf;
use std::process::ExitCode;

/// Which of these options were said, in their order, and the paths.
///
/// # Errors
///
/// A word that begins as an option and is none of them, with the usage.
pub fn words<const N: usize>(
    options: [&str; N],
    usage: &str,
) -> Result<([bool; N], Vec<PathBuf>), String> {
    let (mut said, mut paths) = ([false; N], Vec::new());
    for argument in std::env::args_os().skip(1) {
        let option = argument.to_str().filter(|word| word.starts_with("--"));
        match (option, said.iter_mut().zip(options).find(|(_, known)| option == Some(known))) {
            (_, Some((said, _))) => *said = true,
            (Some(option), None) => return Err(format!("`{option}` is no option: {usage}")),
            (None, None) => paths.push(PathBuf::from(argument)),
        }
    }
    Ok((said, paths))
}

/// Prints what a command found, or what is wrong.
#[must_use]
pub fn end(result: Result<String, String>) -> ExitCode {
    match result {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}
