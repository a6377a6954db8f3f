use std::cell::RefCell;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::bench::{Answer, Benchmark, Call, Client, Failed, Prompt, WireClient};
use rehearsal::catalog::Model;
use rehearsal::cost::{CallTokens, Tier, price_call};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Failure;

/// The largest answer that is kept in memory.
const MAX_ANSWER: usize = 64 << 20;

/// An endpoint over plain HTTP/1.1, with connections kept open.
pub struct UrlClient {
    authority: String,
    requests: Vec<Prepared>,
    headers: Vec<(String, String)>,
    model: Option<Model>,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

/// A request as it is sent.
struct Prepared {
    path: String,
    body: Bytes,
}

impl UrlClient {
    /// A client that posts prompts to a URL, or that asks a Bedrock runtime at a URL.
    pub fn new(
        url: &str,
        bedrock: bool,
        body: &str,
        headers: &[String],
        benchmark: &Benchmark,
        prompts: &[Prompt],
    ) -> Result<Self, Failure> {
        let uri: Uri = url.parse().map_err(|error| Failure::input(format!("--url {url}: {error}")))?;
        if uri.scheme_str() != Some("http") {
            return Err(Failure::input(format!(
                "--url {url}: only http:// is spoken; for https give --command \"curl -sS --data-binary @- {url}\""
            )));
        }
        let authority = uri.authority().ok_or_else(|| Failure::input(format!("--url {url}: has no host")))?;
        let port = authority.port_u16().unwrap_or(80);
        let model = benchmark.model.as_deref().unwrap_or(rehearsal::scenario::HAIKU);
        let prefix = uri.path().trim_end_matches('/');
        let prepare = |prompt: &Prompt| {
            if bedrock {
                let request = WireClient::request(model, &prompt.text, benchmark.max_tokens);
                return Prepared { path: format!("{prefix}{}", request.path), body: request.body.into() };
            }
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_string();
            let quoted = Value::String(prompt.text.clone()).to_string();
            Prepared { path, body: body.replace("{prompt}", &quoted).into() }
        };
        let headers = headers.iter().map(|header| {
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| Failure::input(format!("--header {header}: expected `Name: value`")))?;
            Ok((name.trim().to_string(), value.trim().to_string()))
        });
        Ok(UrlClient {
            authority: format!("{}:{port}", authority.host()),
            requests: prompts.iter().map(prepare).collect(),
            headers: headers.collect::<Result<_, Failure>>()?,
            model: super::input::catalog().get(model).cloned().filter(|_| bedrock || benchmark.model.is_some()),
            idle: RefCell::default(),
        })
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        while let Some(mut kept) = { self.idle.borrow_mut().pop() } {
            // The other side may have closed it meanwhile.
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| error.kind().to_string())?;
        // Small requests must not wait for company.
        let _ = stream.set_nodelay(true);
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn ask(&self, call: Call) -> Result<Answer, String> {
        let started = Instant::now();
        let prepared = self.requests.get(call.prompt).ok_or("no such prompt")?;
        let mut sender = self.connection().await?;
        let mut request =
            Request::post(&prepared.path).header("host", &self.authority).header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(prepared.body.clone())).map_err(|error| error.to_string())?;
        let response = sender.send_request(request).await.map_err(|error| short(&error.to_string()))?;
        let status = response.status();
        let named =
            response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_string);
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        let mut first = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| short(&error.to_string()))?;
            if let Ok(data) = frame.into_data() {
                first.get_or_insert_with(|| started.elapsed().as_secs_f64() * 1000.0);
                if bytes.len() + data.len() > MAX_ANSWER {
                    return Err("the answer is too long".to_string());
                }
                bytes.extend_from_slice(&data);
            }
        }
        self.idle.borrow_mut().push(sender);
        if !status.is_success() {
            let named = named.map(|name| name.split(':').next().unwrap_or(&name).to_string());
            return Err(named.unwrap_or_else(|| format!("HTTP {}", status.as_u16())));
        }
        let (input_tokens, output_tokens) = usage(&bytes);
        let tokens = CallTokens { input: input_tokens, output: output_tokens, ..CallTokens::default() };
        let priced = self.model.as_ref().filter(|_| input_tokens + output_tokens > 0);
        Ok(Answer {
            ttft_ms: first,
            input_tokens,
            output_tokens,
            cost_usd: priced
                .and_then(|model| price_call(model, tokens, Tier::Standard).total())
                .map(|usd| usd.dollars()),
            model: self.model.as_ref().map(|model| Rc::from(model.id.as_str())),
            ..Answer::default()
        })
    }
}

/// An error's first line: a name to count by.
fn short(error: &str) -> String {
    error.lines().next().unwrap_or("failed").chars().take(80).collect()
}

/// The tokens that an answer says it used: an event stream's metadata, or `usage` of a JSON body.
fn usage(bytes: &[u8]) -> (u64, u64) {
    let counts = |value: &Value| {
        let usage = value.get("usage")?;
        let either = |a: &str, b: &str| usage.get(a).or(usage.get(b)).and_then(Value::as_u64).unwrap_or(0);
        Some((either("inputTokens", "input_tokens"), either("outputTokens", "output_tokens")))
    };
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        return counts(&value).unwrap_or_default();
    }
    let frames = decode_all(bytes).unwrap_or_default();
    let payloads = frames.iter().rev().filter_map(|frame| serde_json::from_slice::<Value>(&frame.payload).ok());
    payloads.filter_map(|value| counts(&value)).next().unwrap_or_default()
}

impl Client for UrlClient {
    async fn call(&self, call: Call) -> Answer {
        self.ask(call).await.unwrap_or_else(failed)
    }
}

fn failed(name: String) -> Answer {
    Answer { failed: Some(Failed(name.into())), ..Answer::default() }
}

/// A program: the prompt is its standard input, its exit code says whether it answered.
pub struct CommandClient {
    command: String,
    prompts: Vec<String>,
}

impl CommandClient {
    pub fn new(command: &str, prompts: &[Prompt]) -> Self {
        let prompts = prompts.iter().map(|prompt| prompt.text.clone()).collect();
        CommandClient { command: command.to_string(), prompts }
    }

    async fn ask(&self, call: Call) -> Result<Answer, String> {
        let started = Instant::now();
        let prompt = self.prompts.get(call.prompt).cloned().unwrap_or_default();
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = tokio::process::Command::new(shell);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .arg(flag)
            .arg(&self.command)
            .env("REHEARSAL_PROMPT", &prompt)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            // A call that is given up takes its program with it.
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut group = Group(child.id());
        let mut input = child.stdin.take().ok_or("no standard input")?;
        let mut output = child.stdout.take().ok_or("no standard output")?;
        // A program that does not read its prompt may have closed the pipe, which is its business.
        let write = async move {
            let _ = input.write_all(prompt.as_bytes()).await;
        };
        let read = async {
            let mut first = None;
            let mut bytes = Vec::new();
            let mut buffer = vec![0; 1 << 14];
            loop {
                let count = output.read(&mut buffer).await.map_err(|error| error.to_string())?;
                if count == 0 {
                    return Ok::<_, String>((first, bytes));
                }
                first.get_or_insert_with(|| started.elapsed().as_secs_f64() * 1000.0);
                if bytes.len() < MAX_ANSWER {
                    bytes.extend_from_slice(&buffer[..count]);
                }
            }
        };
        let ((), read) = tokio::join!(write, read);
        let (first, bytes) = read?;
        let status = child.wait().await.map_err(|error| error.to_string())?;
        // Its number may belong to another process from here on.
        group.0 = None;
        if !status.success() {
            return Err(status.code().map_or_else(|| "killed".to_string(), |code| format!("exit code {code}")));
        }
        let (input_tokens, output_tokens) = usage(&bytes);
        Ok(Answer { ttft_ms: first, input_tokens, output_tokens, ..Answer::default() })
    }
}

/// The processes of a command that is given up: they end with it.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // They may just have ended by themselves.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Client for CommandClient {
    async fn call(&self, call: Call) -> Answer {
        self.ask(call).await.unwrap_or_else(failed)
    }
}
