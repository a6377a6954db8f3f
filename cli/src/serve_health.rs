//! `rehearsal serve --health URL`: whether a server answers, for images that have neither shell nor curl.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::Failure;

/// How long a server that is well takes at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks for the usage report; any status line of HTTP is an answer, also one that wants a token.
pub fn check(url: &str) -> Result<String, Failure> {
    let shown = rehearsal::problem::clipped(url, 200);
    let place = url
        .strip_prefix("http://")
        .map(|rest| rest.split('/').next().unwrap_or(rest))
        .filter(|place| !place.is_empty());
    let place = place.ok_or_else(|| Failure::input(format!("--health {shown}: expected http://ADDRESS:PORT")))?;
    match first_line(place) {
        Ok(line) if line.starts_with("HTTP/1.1 ") => Ok(format!("{shown} answers: {line}\n")),
        Ok(line) => Err(Failure::finding(format!("{shown} answers, but not as HTTP: {line}\n"))),
        Err(error) => Err(Failure::finding(format!("{shown} does not answer: {error}\n"))),
    }
}

fn first_line(place: &str) -> std::io::Result<String> {
    let address = place.to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /_rehearsal/log?limit=1 HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n")?;
    let mut buffer = [0; 64];
    let count = stream.read(&mut buffer)?;
    let text = String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()).into_owned();
    Ok(text.lines().next().unwrap_or_default().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn what_answers_is_well_and_all_else_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let answer = std::thread::spawn(move || {
            for reply in ["HTTP/1.1 403 Forbidden\r\n\r\n", "SSH-2.0\r\n"] {
                let (mut stream, _) = listener.accept().expect("someone asks");
                let mut request = [0; 512];
                let count = stream.read(&mut request).expect("a request");
                assert!(String::from_utf8_lossy(&request[..count]).starts_with("GET /_rehearsal/log"));
                stream.write_all(reply.as_bytes()).expect("it is written");
            }
        });
        assert!(check(&url).is_ok());
        assert_eq!(check(&url).err().map(|failure| failure.code), Some(1), "it speaks something else");
        answer.join().expect("both were asked");
        assert_eq!(check(&url).err().map(|failure| failure.code), Some(1), "no one listens any more");
        assert_eq!(check("127.0.0.1:1").err().map(|failure| failure.code), Some(2));
    }
}
