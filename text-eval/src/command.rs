//! Shared code of the commands: parses arguments into options and paths, and prints the result.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands print")]

use std::path::PathBuf;
use std::process::ExitCode;

/// Returns which of these options were given, in their order, and the paths.
///
/// # Errors
///
/// If an argument starts with `-` but is not one of the options. The error contains the usage.
pub fn words<const N: usize>(
    options: [&str; N],
    usage: &str,
) -> Result<([bool; N], Vec<PathBuf>), String> {
    let (mut said, mut paths) = ([false; N], Vec::new());
    for argument in std::env::args_os().skip(1) {
        let option = argument.to_str().filter(|word| word.starts_with("--"));
        match (option, said.iter_mut().zip(options).find(|(_, known)| option == Some(known))) {
            (_, Some((said, _))) => *said = true,
            (Some(option), None) => return Err(format!("`{option}` is not an option: {usage}")),
            (None, None) => paths.push(PathBuf::from(argument)),
        }
    }
    Ok((said, paths))
}

/// Prints the result of a command or its error.
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
