//! What a benchmark measures in real time: an endpoint at a URL, or a program.

use std::cell::RefCell;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Instant;

use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, Uri};
use rehearsal::bench::{Answer, Arrived, Arriving, Benchmark, Call, Client, Failed, Prompt, WireClient};
use rehearsal::catalog::{Door, Model, Place};
use rehearsal::cost::{CallTokens, Tier, price_tokens};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Failure;
use super::bench_connect::{Auth, Connector, Sender, deepest};
use super::bench_run::Target;

/// An endpoint over HTTP/1.1, plain or encrypted, with connections kept open.
pub struct UrlClient {
    connector: Connector,
    /// Scheme, host and port, as a signature needs them.
    origin: String,
    authority: String,
    bedrock: bool,
    requests: Vec<Prepared>,
    headers: Vec<(String, String)>,
    auth: Auth,
    model: Option<Model>,
    /// The host whose prices are paid, where the two are told apart.
    host: Option<Door>,
    idle: RefCell<Vec<Sender>>,
}

/// A request as it is sent.
struct Prepared {
    path: String,
    body: Bytes,
}

impl UrlClient {
    /// A client that posts prompts to a URL, or that asks a Bedrock runtime at a URL.
    pub fn new(url: &str, target: &Target, benchmark: &Benchmark, prompts: &[Prompt]) -> Result<Self, Failure> {
        let shown = rehearsal::bench::without_secrets(url);
        let uri: Uri = url.parse().map_err(|error| Failure::input(format!("--url {shown}: {error}")))?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            _ => return Err(Failure::input(format!("--url {shown}: expected http:// or https://"))),
        };
        let authority = uri.authority().ok_or_else(|| Failure::input(format!("--url {shown}: has no host")))?;
        let place = match authority.port_u16() {
            Some(port) => format!("{}:{port}", authority.host()),
            None => authority.host().to_string(),
        };
        let origin = format!("{scheme}://{place}");
        let bedrock = target.bedrock || benchmark.door.is_some();
        let model = benchmark.asked_model();
        let prefix = uri.path().trim_end_matches('/');
        let prepare = |prompt: &Prompt| {
            if bedrock {
                let request = WireClient::request(benchmark, &prompt.text);
                return Prepared { path: format!("{prefix}{}", request.path), body: request.body.into() };
            }
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_string();
            let quoted = Value::String(prompt.text.clone()).to_string();
            Prepared { path, body: target.body.replace("{prompt}", &quoted).into() }
        };
        let asked = WireClient::request(benchmark, "");
        let host = rehearsal::doors::call(&asked, None).and_then(|call| Door::from_key(call.host.key()));
        let mut headers = vec![("content-type".to_string(), "application/json".to_string())];
        for header in &target.header {
            let (name, value) = header.split_once(':').ok_or_else(|| {
                Failure::input("--header: expected `Name: value`; its text is not repeated here, it may be secret")
            })?;
            let name = name.trim().to_ascii_lowercase();
            headers.retain(|(known, _)| *known != name);
            headers.push((name, value.trim().to_string()));
        }
        let own = headers.iter().any(|(name, _)| name == "authorization" || name == "x-api-key");
        let auth = match authority.as_str().rsplit_once('@') {
            Some((user, _)) if !own => Auth::Header(format!("Basic {}", BASE64.encode(user.as_bytes()))),
            _ if own => Auth::None,
            _ => Auth::of(target.auth, target.region.as_deref(), &uri)?,
        };
        let reached = origin.parse().map_err(|error| Failure::input(format!("--url {shown}: {error}")))?;
        Ok(UrlClient {
            connector: Connector::new(reached, target.cacert.as_deref())?,
            origin,
            authority: place,
            bedrock,
            requests: prompts.iter().map(prepare).collect(),
            headers,
            auth,
            model: super::input::catalog().get(model).cloned().filter(|_| bedrock || benchmark.model.is_some()),
            host,
            idle: RefCell::default(),
        })
    }

    /// A connection that was kept, as far as is known.
    async fn kept(&self) -> Option<Sender> {
        while let Some(mut kept) = { self.idle.borrow_mut().pop() } {
            if kept.ready().await.is_ok() {
                return Some(kept);
            }
        }
        None
    }

    fn request(&self, prepared: &Prepared) -> Result<Request<Full<Bytes>>, String> {
        let url = format!("{}{}", self.origin, prepared.path);
        let proof = self.auth.headers("POST", &url, &self.headers, &prepared.body)?;
        let mut request = Request::post(&prepared.path).header("host", &self.authority);
        for (name, value) in self.headers.iter().chain(&proof) {
            request = request.header(name, value);
        }
        request.body(Full::new(prepared.body.clone())).map_err(|error| error.to_string())
    }

    /// Sends a request. A connection that the server closed while it was idle is found out only by
    /// sending: then it is tried once more, on a new one.
    async fn send(&self, prepared: &Prepared) -> Result<(Sender, Response<Incoming>), String> {
        if let Some(mut sender) = self.kept().await
            && let Ok(response) = sender.send_request(self.request(prepared)?).await
        {
            return Ok((sender, response));
        }
        let mut sender = self.connector.open().await?;
        let response = sender.send_request(self.request(prepared)?).await.map_err(|error| short(&deepest(&error)))?;
        Ok((sender, response))
    }

    async fn ask(&self, call: Call) -> Result<Answer, String> {
        let started = Instant::now();
        let elapsed = || started.elapsed().as_secs_f64() * 1000.0;
        let prepared = self.requests.get(call.prompt).ok_or("no such prompt")?;
        let (sender, response) = self.send(prepared).await?;
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let named = header("x-amzn-errortype").map(|name| name.split(':').next().unwrap_or(name).to_string());
        let mut arriving = Arriving::new(header("content-type"));
        let mut body = response.into_body();
        let mut clean = true;
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        arriving.push(elapsed(), &data);
                    }
                }
                Err(_) => {
                    clean = false;
                    break;
                }
            }
        }
        if clean {
            self.idle.borrow_mut().push(sender);
        }
        if !status.is_success() {
            return Err(named.unwrap_or_else(|| format!("HTTP {}", status.as_u16())));
        }
        let arrived = arriving.end(elapsed(), clean);
        if self.bedrock && !arrived.streamed && arrived.failed.is_none() {
            return Err("not an event stream".to_string());
        }
        answer(arrived, self.model.as_ref(), self.host)
    }
}

/// The answer in what arrived.
fn answer(arrived: Arrived, model: Option<&Model>, host: Option<Door>) -> Result<Answer, String> {
    if let Some(failed) = arrived.failed {
        return Err(failed);
    }
    let used = arrived.usage.unwrap_or_default();
    let tokens = CallTokens {
        input: used.input,
        output: used.output,
        cache_read: used.cache_read,
        cache_write_5m: used.cache_write,
        cache_write_1h: used.cache_write_1h,
    };
    // As the mock charges a call: what the host lists, else the model's own row.
    let price = |model: &Model| {
        let prices = model.at(Place { region: None, door: host }).prices;
        price_tokens(prices, tokens, Tier::Standard, prices.level(tokens.prompt())).total()
    };
    let priced = model.filter(|_| arrived.usage.is_some());
    Ok(Answer {
        ttft_ms: arrived.first_ms,
        last_ms: arrived.last_ms,
        input_tokens: used.input + used.cache_read + used.cache_write + used.cache_write_1h,
        output_tokens: used.output,
        cost_usd: priced.and_then(price).map(|usd| usd.dollars()),
        model: model.map(|model| Rc::from(model.id.as_str())),
        ..Answer::default()
    })
}

/// An error's first line: a name to count by.
fn short(error: &str) -> String {
    error.lines().next().unwrap_or("failed").chars().take(80).collect()
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
            let elapsed = || started.elapsed().as_secs_f64() * 1000.0;
            let mut arriving = Arriving::new(None);
            let mut buffer = vec![0; 1 << 14];
            loop {
                let count = output.read(&mut buffer).await.map_err(|error| error.to_string())?;
                if count == 0 {
                    return Ok::<_, String>(arriving.end(elapsed(), true));
                }
                arriving.push(elapsed(), buffer.get(..count).unwrap_or_default());
            }
        };
        let ((), read) = tokio::join!(write, read);
        let arrived = read?;
        let status = child.wait().await.map_err(|error| error.to_string())?;
        // Its number may belong to another process from here on.
        group.0 = None;
        if !status.success() {
            return Err(status.code().map_or_else(|| "killed".to_string(), |code| format!("exit code {code}")));
        }
        answer(arrived, None, None)
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
