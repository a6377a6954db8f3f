//! One record of Bedrock's model invocation log as a call: its counts, and what its body adds to them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bedrock::Operation;
use crate::cost::{CallTokens, Tier};

use super::body;
use super::columns::is_suspicious;
use super::draft::{Draft, Remark, guarded, performance, premium, region_of, tier_of, uncounted};
use super::error::Error;
use super::findings::{FindingCode, KEY_TWICE};
use super::fixtures::prompt_of;
use super::lenient::{Count, Text};
use super::logged::LoggedRequest;
use super::model_id::{Profiles, is_opaque, read};
use super::rule::TypeRule;
use super::scalar::{Fault, fault, moment, short};
use super::summary::{Call, CallOutcome};

/// The fields of a record that are read; everything else is passed over unparsed.
#[derive(Default)]
pub(super) struct LogRecord<'a> {
    schema_type: Text<'a>,
    timestamp: Text<'a>,
    model_id: Text<'a>,
    request_id: Text<'a>,
    operation: Text<'a>,
    region: Text<'a>,
    account_id: Text<'a>,
    inference_region: Text<'a>,
    service_tier: Text<'a>,
    error_code: Text<'a>,
    performance_config: Option<Performance<'a>>,
    request_metadata: Option<BTreeMap<Cow<'a, str>, Text<'a>>>,
    input: Option<LogInput<'a>>,
    output: Option<LogOutput<'a>>,
    /// Names that may bear on the price and are not known.
    others: Vec<String>,
    /// A name that stands a second time: the last one counts.
    twice: Option<String>,
}

/// Reads an object's fields by their names; a name that may bear on the price and is not known is kept.
macro_rules! named_fields {
    ($kind:ident { $($name:pat => $field:ident),* $(,)? }) => {
        impl<'de: 'a, 'a> Deserialize<'de> for $kind<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Read<'a>(PhantomData<&'a ()>);
                impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
                    type Value = $kind<'a>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<$kind<'a>, A::Error> {
                        let mut out = $kind::default();
                        $(let mut $field = false;)*
                        while let Some(name) = fields.next_key::<Text<'de>>()? {
                            let name = name.get().unwrap_or_default();
                            match name {
                                $($name => {
                                    out.$field = fields.next_value()?;
                                    // A tier has several names, and a record may have more than one of them.
                                    if std::mem::replace(&mut $field, true) && stringify!($field) != "service_tier" {
                                        out.twice = Some(name.to_string());
                                    }
                                })*
                                name if !PLAIN.contains(&name) && out.others.len() < MOST_OTHERS && is_suspicious(name) => {
                                    if fields.next_value::<Option<IgnoredAny>>()?.is_some() {
                                        out.others.push(name.to_string());
                                    }
                                }
                                _ => {
                                    fields.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(out)
                    }
                }
                deserializer.deserialize_map(Read(PhantomData))
            }
        }
    };
}

/// Names of a record that bear on no price, as most records have them.
const PLAIN: [&str; 7] = [
    "schemaVersion",
    "identity",
    "inputContentType",
    "outputContentType",
    "errorMessage",
    "outputBodyS3Path",
    "inputBodyS3Path",
];

/// The most unknown names of a record that are told.
const MOST_OTHERS: usize = 8;

named_fields!(LogRecord {
    "schemaType" => schema_type,
    "timestamp" => timestamp,
    "modelId" => model_id,
    "requestId" => request_id,
    "operation" => operation,
    "region" => region,
    "accountId" => account_id,
    "inferenceRegion" => inference_region,
    "serviceTier" | "service_tier" | "resolvedServiceTier" => service_tier,
    "errorCode" => error_code,
    "performanceConfig" => performance_config,
    "requestMetadata" => request_metadata,
    "input" => input,
    "output" => output,
});

#[derive(Deserialize, Default)]
#[serde(default)]
struct Performance<'a> {
    #[serde(borrow)]
    latency: Text<'a>,
}

#[derive(Default)]
struct LogInput<'a> {
    input_token_count: Count,
    cache_read_input_token_count: Count,
    cache_write_input_token_count: Count,
    input_body_json: Option<&'a RawValue>,
    input_body_s3_path: Text<'a>,
    service_tier: Text<'a>,
    others: Vec<String>,
    /// A name that stands a second time: the last one counts.
    twice: Option<String>,
}

named_fields!(LogInput {
    "inputTokenCount" => input_token_count,
    "cacheReadInputTokenCount" => cache_read_input_token_count,
    "cacheWriteInputTokenCount" => cache_write_input_token_count,
    "inputBodyJson" => input_body_json,
    "inputBodyS3Path" => input_body_s3_path,
    "serviceTier" | "service_tier" => service_tier,
});

#[derive(Default)]
struct LogOutput<'a> {
    output_token_count: Count,
    output_body_json: Option<&'a RawValue>,
    service_tier: Text<'a>,
    others: Vec<String>,
    /// A name that stands a second time: the last one counts.
    twice: Option<String>,
}

named_fields!(LogOutput {
    "outputTokenCount" => output_token_count,
    "outputBodyJson" => output_body_json,
    "serviceTier" | "service_tier" | "resolvedServiceTier" => service_tier,
});

impl LogRecord<'_> {
    /// Whether it is a record of this log, and not of another one.
    pub fn is_log(&self) -> bool {
        self.schema_type.get() == Some("ModelInvocationLog")
            || (self.model_id.get().is_some()
                && self.schema_type.get().is_none()
                && (self.input.is_some() || self.error_code.get().is_some()))
    }

    /// The call.
    ///
    /// # Errors
    /// What it lacks.
    pub fn call(&self, rule: &TypeRule, profiles: &Profiles) -> Result<Draft, Error> {
        let named = self.model_id.get().ok_or_else(|| Error::record("modelId is missing"))?;
        let written = self.timestamp.get().ok_or_else(|| Error::record("timestamp is missing"))?;
        let at = moment(written).ok_or_else(|| Error::record(format!("`{}` is no time", short(written))))?;
        let mut remarks = Vec::new();
        let input = self.input.as_ref();
        let raw = self.output.as_ref().and_then(|output| output.output_body_json).map(RawValue::get);
        // Some exports have a body as text.
        let unquoted = raw.filter(|raw| raw.starts_with('"')).and_then(|raw| serde_json::from_str::<String>(raw).ok());
        let body = unquoted.as_deref().or(raw);
        let (mut model, mut region) = read(named, profiles);
        let routed;
        if is_opaque(&model)
            && let Some(chosen) = body.and_then(body::routed)
        {
            routed = chosen;
            let (chosen, of_chosen) = read(&routed, profiles);
            model = Cow::Owned(chosen.into_owned());
            region = region.or(of_chosen);
        }
        let said = self.region.get().or(self.inference_region.get());
        let region = region_of(said, &mut remarks).or(region.map(Cow::Borrowed)).unwrap_or_default();
        let stream = self.operation.get().is_some_and(|name| name.ends_with("Stream"));
        let read = self.counts(body, stream, &model, &mut remarks);
        let mut tokens = read.tokens;
        let request = input.and_then(|input| input.input_body_json).map(RawValue::get);
        let mut outcome = match self.error_code.get().map(fault) {
            None | Some(Fault::No) => CallOutcome::Answered,
            Some(Fault::Throttled) => CallOutcome::Throttled,
            Some(Fault::Yes | Fault::Unknown) => CallOutcome::Failed,
        };
        if outcome == CallOutcome::Failed {
            let code = self.error_code.get().unwrap_or_default();
            let refused = ["Validation", "AccessDenied", "NotFound", "Quota", "Unrecognized", "Expired", "NotReady"];
            let began = stream && tokens.input > 0 && !refused.iter().any(|part| code.contains(part));
            outcome = remarks_of_failure(code, tokens, began, &mut remarks);
        } else if outcome == CallOutcome::Throttled {
            // A stream that was throttled after it had begun is billed as any that broke.
            let code = self.error_code.get().unwrap_or_default();
            if remarks_of_failure(code, tokens, false, &mut remarks) == CallOutcome::Answered {
                outcome = CallOutcome::Answered;
            }
        }
        let answered = outcome == CallOutcome::Answered;
        if !answered {
            tokens = CallTokens::default();
        }
        if answered && tokens == CallTokens::default() && !read.stopped {
            remarks.push(Remark::least(FindingCode::Uncounted, &model, "answered, but no tokens are counted"));
        } else if answered && !read.stopped {
            uncounted(&model, read.input, read.output, &mut remarks);
        }
        if answered {
            tokens = self.asked(request, &model, tokens, &read, &mut remarks);
            // Anthropic's own form says in the answer what it was; elsewhere only the request does.
            let answers = body.is_some() && self.operation.get().is_some_and(|name| name.starts_with("InvokeModel"));
            let asked = request.filter(|_| !answers).map(body::premium_asked).unwrap_or_default();
            let (speed, geo) = (read.speed.clone().or(asked.0), read.geo.clone().or(asked.1));
            premium(&model, speed.as_deref(), geo.as_deref(), read.iterated.as_ref(), &mut remarks);
        }
        let tier = self.tier(body, request, &mut remarks);
        let metadata = |key: &str| {
            let found = self.request_metadata.as_ref()?.get(key)?;
            found.get().map(|text| Cow::Owned(text.to_string()))
        };
        let prompt = || {
            let body = crate::document::bounded(input?.input_body_json?.get().as_bytes()).ok()?;
            let body = match body {
                serde_json::Value::String(text) => crate::document::bounded(text.as_bytes()).ok()?,
                other => other,
            };
            last_user_text(&body)
        };
        let prompt_tokens = tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        let kind = rule.kind(&model, prompt_tokens, metadata, prompt);
        Ok(Draft {
            call: Call {
                at_us: Some(at.us),
                model: model.into_owned(),
                kind,
                region: region.to_string(),
                tier,
                tokens,
                latency_ms: read.latency_ms,
                ttft_ms: read.ttft_ms,
                outcome,
                requests: 1,
            },
            offset_min: at.offset_min,
            remarks,
            guarded: read.guarded,
            logged_usd: None,
            has_clock: true,
            account: None,
            request: None,
            no_call: None,
        })
    }

    /// The account that called.
    pub fn account(&self) -> Option<String> {
        self.account_id.get().map(str::to_string)
    }

    /// What was asked, where the record keeps it.
    pub fn request(&self) -> Option<LoggedRequest> {
        let input = self.input.as_ref()?;
        let operation = self.operation.get().and_then(Operation::from_name);
        let raw = input.input_body_json.map(RawValue::get).filter(|raw| *raw != "null");
        let body = match raw {
            // Some exports have a body as text.
            Some(raw) if raw.starts_with('"') => serde_json::from_str::<String>(raw).ok()?,
            Some(raw) => raw.to_string(),
            None => {
                input.input_body_s3_path.get()?;
                return Some(LoggedRequest { operation, body: None });
            }
        };
        Some(LoggedRequest { operation, body: Some(body) })
    }

    /// Its own id.
    pub fn id(&self) -> Option<&str> {
        self.request_id.get()
    }

    /// The record's counts, completed and split by what the body says.
    fn counts(&self, body: Option<&str>, stream: bool, model: &str, remarks: &mut Vec<Remark>) -> Read {
        let input = self.input.as_ref();
        let mut own = [
            input.and_then(|input| input.input_token_count.0),
            self.output.as_ref().and_then(|output| output.output_token_count.0),
            input.and_then(|input| input.cache_read_input_token_count.0),
            input.and_then(|input| input.cache_write_input_token_count.0),
        ];
        let mut read = Read::default();
        let mut theirs = [None; 4];
        let searched;
        if let Some(body) = body {
            let metrics = if stream || body.starts_with('[') { body::metrics(body) } else { None };
            let counted = match &metrics {
                Some(metrics) => {
                    read.latency_ms = metrics.invocation_latency;
                    read.ttft_ms = metrics.first_byte_latency;
                    theirs = [
                        metrics.input_token_count.0,
                        metrics.output_token_count.0,
                        metrics.cache_read_input_token_count.0,
                        metrics.cache_write_input_token_count.0,
                    ];
                    None
                }
                None => body::counted(body, model),
            };
            let all;
            if let Some(counted) = counted {
                theirs = counted.counts();
                all = theirs;
                read.hour = counted.cache_write_1h;
                (read.speed, read.geo, read.iterated) = (counted.speed, counted.geo, counted.iterated);
                searched = counted.web_searches > 0;
            } else {
                let usage = body::iterated(body, model).unwrap_or_default();
                all = usage.counts();
                let (speed, geo) = body::premium_of_stream(body);
                (read.speed, read.geo, read.iterated) = (usage.speed.or(speed), usage.geo.or(geo), usage.iterated);
                searched = usage.web_searches > 0 || body::web_searches(body) > 0;
            }
            // The record and the end of a stream may count the message alone, or all of its iterations.
            for (index, more) in read.more().into_iter().enumerate().filter(|(_, more)| *more > 0) {
                let whole = |count| all_iterations(count, all[index], more);
                own[index] = own[index].map(whole);
                theirs[index] = theirs[index].map(whole).or(all[index]);
            }
            if metrics.is_none() {
                read.latency_ms = body::latency_ms(body);
            }
            if searched {
                remarks.push(Remark::least(
                    FindingCode::Unpriced,
                    "web_search_requests",
                    "searches of the web, which are billed apart",
                ));
            }
            read.guarded = body::guarded(body);
            if read.guarded.used && read.guarded.units.is_empty() {
                guarded(remarks);
            }
            read.stopped = read.guarded.used;
        }
        const NAMES: [&str; 4] = ["input", "output", "cache_read", "cache_write"];
        let (more, mut counts) = (read.more(), [0; 4]);
        for (index, count) in counts.iter_mut().enumerate() {
            *count = match (own[index], theirs[index]) {
                (Some(own), Some(theirs)) if own != theirs => {
                    remarks.push(Remark::least(
                        FindingCode::Body,
                        &format!("{} contradicts", NAMES[index]),
                        &format!(
                            "the body counts other {} tokens than the record, whose count is billed",
                            NAMES[index]
                        ),
                    ));
                    own
                }
                (Some(own), _) => own,
                (None, Some(theirs)) => {
                    // What iterations count is named with them.
                    if theirs > more[index] {
                        remarks.push(Remark::least(
                            FindingCode::Body,
                            &format!("{} only in the body", NAMES[index]),
                            &format!("only the body counts {} tokens; its count is billed", NAMES[index]),
                        ));
                    }
                    theirs
                }
                (None, None) => 0,
            };
        }
        let [input, output, cache_read, cache_write] = counts;
        (read.input, read.output) = (own[0].or(theirs[0]), own[1].or(theirs[1]));
        if cache_write > 0 {
            read.hour = read.hour.or_else(|| body.and_then(body::hour_writes));
        }
        if let Some(ttl) = body.and_then(body::odd_lifetime) {
            remarks.push(Remark::least(
                FindingCode::Counts,
                &format!("ttl {}", short(&ttl)),
                "a lifetime of the cache that is not known; what was written for it is billed for five minutes",
            ));
        }
        if let Some(hour) = read.hour.filter(|hour| *hour > cache_write) {
            remarks.push(Remark::least(
                FindingCode::Body,
                "cache_write_1h contradicts",
                &format!(
                    "the body counts more tokens written for an hour ({hour} in one call) than the record counts written at all, whose count is billed"
                ),
            ));
        }
        let hour = read.hour.unwrap_or(0).min(cache_write);
        read.tokens =
            CallTokens { input, output, cache_read, cache_write_5m: cache_write - hour, cache_write_1h: hour };
        read
    }

    /// What the request adds to what was counted: for how long it asked the cache to keep, whether it asked a
    /// guardrail, what it sent that is billed by piece.
    fn asked(
        &self,
        request: Option<&str>,
        model: &str,
        mut tokens: CallTokens,
        read: &Read,
        remarks: &mut Vec<Remark>,
    ) -> CallTokens {
        let Some(request) = request else { return tokens };
        if tokens.cache_write_5m > 0 && read.hour.is_none() {
            match body::hour_marks(request) {
                body::HourMarks::None => {}
                body::HourMarks::All => {
                    (tokens.cache_write_5m, tokens.cache_write_1h) = (0, tokens.cache_write_5m);
                    remarks.push(Remark::note(
                        FindingCode::Counts,
                        "ttl 1h",
                        "only the request says for how long the cache keeps; all of its marks say an hour, and so all writes are for one",
                    ));
                }
                body::HourMarks::Some => remarks.push(Remark::least(
                    FindingCode::Counts,
                    "ttl 5m and 1h",
                    "the request marks some of the prompt for five minutes and some for an hour, and nothing counts them apart; all writes are billed for five minutes",
                )),
            }
        }
        if !read.guarded.used && body::asks_guardrail(request) {
            guarded(remarks);
        }
        if model.contains("embed") && body::has_media(request) {
            remarks.push(Remark::least(
                FindingCode::Unpriced,
                &format!("{} media", short(model)),
                "embeddings of images, audio or video, which are billed by the piece or the second",
            ));
        }
        tokens
    }

    /// The tier that the record states, or else the answer, or else the request.
    fn tier(&self, body: Option<&str>, request: Option<&str>, remarks: &mut Vec<Remark>) -> Tier {
        let (input, output) = (self.input.as_ref(), self.output.as_ref());
        let latency = self.performance_config.as_ref().and_then(|config| config.latency.get().map(str::to_string));
        let latency =
            latency.or_else(|| body.and_then(body::performance)).or_else(|| request.and_then(body::performance));
        if let Some(latency) = latency {
            performance(&latency, remarks);
        }
        let others = self.others.iter();
        let others = others.chain(input.iter().flat_map(|input| &input.others));
        for name in others.chain(output.iter().flat_map(|output| &output.others)) {
            remarks.push(Remark::note(
                FindingCode::Column,
                name,
                "a field of a record that may bear on the price and is not understood",
            ));
        }
        let twice = [
            self.twice.as_ref(),
            input.and_then(|input| input.twice.as_ref()),
            output.and_then(|output| output.twice.as_ref()),
        ];
        for name in twice.into_iter().flatten() {
            remarks.push(Remark::note(FindingCode::KeyTwice, name, KEY_TWICE));
        }
        let stated = self.service_tier.get().or_else(|| output?.service_tier.get()).map(str::to_string);
        let stated = stated.or_else(|| body.and_then(body::tier));
        let stated = stated.or_else(|| input?.service_tier.get().map(str::to_string));
        let stated = stated.or_else(|| request.and_then(body::tier));
        stated.map_or(Tier::Standard, |word| tier_of(&word, remarks))
    }
}

/// What a record and its body count.
#[derive(Default)]
struct Read {
    tokens: CallTokens,
    /// What was counted of the input and the output, where anything was.
    input: Option<u64>,
    output: Option<u64>,
    /// Of the cache writes, for an hour.
    hour: Option<u64>,
    latency_ms: Option<f64>,
    ttft_ms: Option<f64>,
    speed: Option<String>,
    geo: Option<String>,
    iterated: Option<body::Iterated>,
    guarded: body::Guarded,
    /// A guardrail may have answered in the model's place.
    stopped: bool,
}

impl Read {
    /// What iterations count beyond the message.
    fn more(&self) -> [u64; 4] {
        self.iterated.as_ref().map_or([0; 4], |iterated| iterated.more)
    }
}

/// A count of a message as that of all its iterations. One that has them already, or is of something else, stays.
fn all_iterations(count: u64, all: Option<u64>, more: u64) -> u64 {
    match all {
        // A usage that does not count the message counts it among the iterations only.
        Some(all) if count == all - more || more == all && count < all => all,
        _ => count,
    }
}

/// How a failed call is billed: as counted when an answer had begun, else not; said in both cases.
pub(super) fn remarks_of_failure(
    code: &str,
    tokens: CallTokens,
    began: bool,
    remarks: &mut Vec<Remark>,
) -> CallOutcome {
    if tokens.output > 0 || began {
        remarks.push(Remark::note(
            FindingCode::Broken,
            code,
            "the answer broke off after tokens were counted; they are billed",
        ));
        return CallOutcome::Answered;
    }
    if tokens != CallTokens::default() {
        remarks.push(Remark::note(
            FindingCode::Unbilled,
            code,
            "failed calls with counted prompt tokens and no answer; they are not billed",
        ));
    }
    CallOutcome::Failed
}

/// What the person said last.
fn last_user_text(body: &serde_json::Value) -> Option<String> {
    if let Some(messages) = body["messages"].as_array() {
        let last = messages.iter().rev().find(|message| message["role"] == "user")?;
        return match &last["content"] {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Array(blocks) => {
                Some(blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n"))
            }
            _ => None,
        };
    }
    prompt_of(body).0
}
