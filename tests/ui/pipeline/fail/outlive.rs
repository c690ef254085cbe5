//! A proof cannot outlive its call in another thread.
use secure_tool::pipeline::*;

fn keep(confirmed: Confirmed<'_>) {
    std::thread::spawn(move || drop(confirmed)); //~ E0521
}

fn main() {}
