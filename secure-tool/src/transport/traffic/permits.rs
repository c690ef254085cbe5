//! The concurrency limit of one API: issues a permit for each request.
//!
//! Callers take turns. A free permit goes to the next waiting caller, and for each caller to the
//! call that has waited longest. An agent with 100 calls does not delay one with a single call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

type Turn = oneshot::Sender<Permit>;

#[derive(Debug)]
struct Queue {
    // INVARIANT: above zero only while no call waits, because `release` hands a permit to a waiting
    // call first.
    free: usize,
    /// The waiting callers in the order of their turns, each with its waiting calls.
    waiting: VecDeque<(String, VecDeque<Turn>)>,
}

/// The permits of one API.
#[derive(Debug)]
pub(super) struct Permits(Mutex<Queue>);

/// One permit. Released on drop.
#[derive(Debug)]
pub(super) struct Permit(Option<Arc<Permits>>);

impl Permits {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Queue { free: most, waiting: VecDeque::new() })))
    }

    /// Waits for a permit. A dropped wait gives up its turn.
    pub(super) async fn acquire(self: &Arc<Self>, caller: &str) -> Option<Permit> {
        let turn = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Permit(Some(self.clone())));
            }
            queue.wait(caller)
        };
        // `self` keeps the queue alive, so that the sender is not dropped unused.
        turn.await.ok()
    }

    /// Hands a permit to the next waiting call, or returns it to the pool.
    fn release(self: &Arc<Self>) {
        loop {
            let next = {
                let mut queue = self.queue();
                let next = queue.next();
                if next.is_none() {
                    queue.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Permit(Some(self.clone()))) {
                Ok(()) => return,
                Err(mut unwanted) => unwanted.0 = None, // the call was dropped: try the next
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn wait(&mut self, caller: &str) -> oneshot::Receiver<Permit> {
        let (turn, wait) = oneshot::channel();
        match self.waiting.iter_mut().find(|(other, _)| other == caller) {
            Some((_, turns)) => {
                turns.retain(|turn| !turn.is_closed());
                turns.push_back(turn);
            }
            None => self.waiting.push_back((caller.to_owned(), VecDeque::from([turn]))),
        }
        wait
    }

    fn next(&mut self) -> Option<Turn> {
        loop {
            let (caller, mut turns) = self.waiting.pop_front()?;
            let next = turns.pop_front();
            if !turns.is_empty() {
                self.waiting.push_back((caller, turns));
            }
            if next.is_some() {
                return next;
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(permits) = self.0.take() {
            permits.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn polled<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(it) => Some(it),
            Poll::Pending => None,
        }
    }

    #[test]
    fn callers_take_turns() {
        let permits = Permits::new(1);
        let first = polled(pin!(permits.acquire("a"))).expect("free");
        let (mut a1, mut a2, mut b1) =
            (pin!(permits.acquire("a")), pin!(permits.acquire("a")), pin!(permits.acquire("b")));
        assert!(
            polled(a1.as_mut()).is_none()
                && polled(a2.as_mut()).is_none()
                && polled(b1.as_mut()).is_none()
        );
        drop(first);
        let second = polled(a1.as_mut()).expect("the call that has waited longest");
        drop(second);
        assert!(polled(a2.as_mut()).is_none());
        let third = polled(b1.as_mut()).expect("the other caller's turn");
        drop(third);
        assert!(polled(a2.as_mut()).is_some());
    }

    #[test]
    fn a_dropped_wait_holds_no_permit() {
        let permits = Permits::new(1);
        let first = polled(pin!(permits.acquire("a"))).expect("free");
        {
            let mut gone = pin!(permits.acquire("b"));
            assert!(polled(gone.as_mut()).is_none());
        }
        let mut next = Box::pin(permits.acquire("c"));
        assert!(polled(next.as_mut()).is_none());
        drop(first);
        // Handed to `c`, which is dropped before it takes the permit.
        drop(next);
        assert!(polled(pin!(permits.acquire("d"))).is_some());
        assert_eq!(permits.queue().free, 1, "the permit is returned");
        assert!(permits.queue().waiting.is_empty());
    }
}
