//! Counterparts on loopback that a test programs: for now, an address that nobody may reach.

mod listener;
mod trap;

pub use self::trap::Trap;
