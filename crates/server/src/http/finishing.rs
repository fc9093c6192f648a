//! Work that is done to its end, whether or not anybody still waits for it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use tokio::runtime::Handle;

/// Work that runs where it is waited for, as any future does. When that is dropped before the end, a task of its own takes the rest: a
/// statement that is cut short would cost its connection, and what a client has sent is done (quality.md). A task from the beginning would
/// be the same, but wakes another thread for each request and is woken by it.
pub struct Finishing<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send + 'static> Finishing<T> {
    /// What `work` comes to. It must not panic.
    pub fn new(work: BoxFuture<'static, T>) -> Self {
        Self(Some(work))
    }
}

impl<T: Send + 'static> Future for Finishing<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let work = self.0.as_mut().expect("nobody asks again for what is done");
        let outcome = ready!(work.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(outcome)
    }
}

impl<T: Send + 'static> Drop for Finishing<T> {
    fn drop(&mut self) {
        let Some(work) = self.0.take() else { return };
        // Without a runtime the process ends, and with it the connections.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;
    use tokio::sync::oneshot;

    use super::Finishing;

    #[tokio::test]
    async fn what_is_waited_for_is_given() {
        assert_eq!(Finishing::new(async { 7 }.boxed()).await, 7);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_done_all_the_same() {
        let (go, gone) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let work = Finishing::new(
            async move {
                gone.await.expect("somebody says when");
                tell.send("done").expect("somebody listens");
            }
            .boxed(),
        );
        tokio::time::timeout(Duration::from_millis(10), work).await.expect_err("nobody has said when");
        go.send(()).expect("the work goes on");
        assert_eq!(told.await, Ok("done"));
    }

    #[tokio::test]
    async fn what_was_never_begun_is_done_too() {
        let (tell, told) = oneshot::channel();
        drop(Finishing::new(async move { tell.send("done").expect("somebody listens") }.boxed()));
        assert_eq!(told.await, Ok("done"));
    }
}
