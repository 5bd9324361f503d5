use super::*;
use axum::{http::header, routing::get};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, timeout},
};

const SOON: Duration = Duration::from_millis(300);

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn start(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route(
            "/own",
            get(|| async { ([(header::CACHE_CONTROL, "public")], "") }),
        )
        .route("/large", get(|| async { vec![0; 32 << 20] }))
        .route("/long", get(std::future::pending::<()>));
    let slow = Router::new().route("/slow", get(std::future::pending::<()>));
    let router = router.merge(with_time(slow, SOON));
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(async move {
        limits
            .serve(listener, router, async { drop(stopped.await) })
            .await;
    });
    Running { address, stop, done }
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.unwrap()
}

async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn answers_have_the_headers_that_browsers_heed() {
    let running = start(Limits::default()).await;
    let mut stream = connect(&running).await;
    let answer = ask(&mut stream, "/").await;
    for header in [
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ] {
        assert!(answer.contains(header), "{header} is missing in {answer}");
    }
    let answer = ask(&mut stream, "/own").await;
    assert!(answer.contains("cache-control: public\r\n") && !answer.contains("no-store"));
    assert!(ask(&mut stream, "/nowhere").await.contains("nosniff"));
}

#[tokio::test]
async fn one_more_connection_waits_for_another_to_end() {
    let limits = Limits {
        connections: 3,
        ..Limits::default()
    };
    let running = start(limits).await;
    let mut first = connect(&running).await;
    assert!(ask(&mut first, "/").await.contains("here"));
    let others = [connect(&running).await, connect(&running).await];
    let mut waiting = connect(&running).await;
    assert!(timeout(SOON, ask(&mut waiting, "/")).await.is_err());
    drop(others);
    let mut answer = [0; 12];
    timeout(SOON, waiting.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test]
async fn slow_and_large_heads_end_the_connection() {
    let limits = Limits {
        head_time: SOON,
        ..Limits::default()
    };
    let running = start(limits).await;
    let mut slow = connect(&running).await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    let started = Instant::now();
    while slow.write_all(b" ").await.is_ok() && started.elapsed() < SOON * 10 {
        time::sleep(SOON / 10).await;
    }
    assert!(started.elapsed() < SOON * 10, "a byte now and then kept it open");

    let mut large = connect(&running).await;
    let request = format!(
        "GET / HTTP/1.1\r\nhost: here\r\nx: {}\r\n\r\n",
        "x".repeat(HEAD_BYTES)
    );
    large.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    large.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
}

#[tokio::test]
async fn one_who_never_reads_is_let_go() {
    let limits = Limits {
        connections: 1,
        connection_time: SOON,
        last_request: SOON,
        ..Limits::default()
    };
    let running = start(limits).await;
    let mut deaf = connect(&running).await;
    deaf.write_all(b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n")
        .await
        .unwrap();
    let mut next = connect(&running).await;
    assert!(
        timeout(SOON * 10, ask(&mut next, "/"))
            .await
            .unwrap()
            .contains("here")
    );
}

#[tokio::test]
async fn no_connection_outlives_the_shutdown() {
    let running = start(Limits::default()).await;
    let mut idle = connect(&running).await;
    assert!(ask(&mut idle, "/").await.contains("here"));
    let mut long = connect(&running).await;
    long.write_all(b"GET /long HTTP/1.1\r\nhost: here\r\n\r\n")
        .await
        .unwrap();
    time::sleep(SOON).await;
    running.stop.send(()).unwrap();
    timeout(GRACE + Duration::from_secs(2), running.done)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(matches!(long.read(&mut [0; 1]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_so() {
    let running = start(Limits::default()).await;
    let answer = ask(&mut connect(&running).await, "/slow").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("(request-timed-out)"), "{answer}");
}
