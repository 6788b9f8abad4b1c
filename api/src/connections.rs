//! Connections: accepted whatever happens, quick with small answers, and closed when nobody uses them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep, sleep_until},
};

/// After a failed accept, such as too many open files: trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections that do not wait to fill a packet, and that end after some idle time.
pub(crate) struct Connections {
    pub(crate) acceptor: TcpAcceptor,
    /// Must be longer than any answer takes: waiting for one counts as idle.
    pub(crate) patience: Duration,
}

impl Acceptor for Connections {
    type Io = Connection<TcpStream>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.acceptor.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        match self.acceptor.accept().await {
            Ok((stream, local, remote, scheme)) => {
                stream.set_nodelay(true)?;
                Ok((Connection::new(stream, self.patience), local, remote, scheme))
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
                Err(error)
            }
        }
    }
}

/// A stream that ends by itself when nothing came or went for a while.
///
/// The framework's own idle time-out wakes a task at every read and write. Here, the clock is read, and the timer is
/// moved only when it has run down.
///
/// It also ends when the caller has hung up: the framework would go on with the request until it has an answer for
/// nobody.
pub(crate) struct Connection<S> {
    stream: S,
    hung_up: bool,
    patience: Duration,
    used: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> Connection<S> {
    fn new(stream: S, patience: Duration) -> Self {
        let used = Instant::now();
        Self { stream, hung_up: false, patience, used, timer: Box::pin(sleep_until(used + patience)) }
    }

    /// Whether it was left alone for too long; if not, the task is woken when that may be so.
    fn is_abandoned(&mut self, context: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(context).is_ready() {
            let end = self.used + self.patience;
            if end <= Instant::now() {
                return true;
            }
            self.timer.as_mut().reset(end);
        }
        false
    }

    fn using<T>(&mut self, outcome: Poll<T>) -> Poll<T> {
        if outcome.is_ready() {
            self.used = Instant::now();
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.hung_up |= outcome.is_ready() && buffer.filled().len() == before && buffer.remaining() > 0;
        if outcome.is_pending() && self.is_abandoned(context) {
            // Nothing read is the end of the stream.
            return Poll::Ready(Ok(()));
        }
        self.using(outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.using(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.using(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.hung_up {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn a_connection_that_nobody_uses_ends() {
        let (near, _far) = duplex(8);
        let mut connection = Connection::new(near, PATIENCE);
        let begun = Instant::now();
        assert_eq!(connection.read(&mut [0; 8]).await.unwrap(), 0);
        assert!(begun.elapsed() >= PATIENCE);
    }

    #[tokio::test]
    async fn every_use_makes_it_last() {
        let (near, mut far) = duplex(8);
        let mut connection = Connection::new(near, PATIENCE);
        let mut ticks = tokio::time::interval(PATIENCE / 2);
        for round in 0..4_u8 {
            ticks.tick().await;
            far.write_u8(round).await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), round);
        }
        let used = Instant::now();
        assert_eq!(connection.read(&mut [0; 8]).await.unwrap(), 0);
        assert!(used.elapsed() + Duration::from_millis(5) >= PATIENCE);
    }
}
