//! A proof that outlives its call: kept for later, or given to a task of its own.
use secure_tool::pipeline::*;

fn keep(confirmed: Confirmed<'_>) -> Box<dyn std::any::Any> {
    Box::new(confirmed) //~ E0521
}

fn main() {}
