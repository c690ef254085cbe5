//! A proof that outlives its call: given to a thread of its own.
use secure_tool::pipeline::*;

fn keep(confirmed: Confirmed<'_>) {
    std::thread::spawn(move || drop(confirmed)); //~ E0521
}

fn main() {}
