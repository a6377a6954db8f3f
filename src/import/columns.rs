//! The names that tools give to what the importer understands: one table for the columns of a CSV and the
//! fields of a JSON export.

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Time,
    EndTime,
    FirstTokenTime,
    Model,
    Kind,
    Input,
    Output,
    CacheRead,
    /// All writes, or those that nothing says a lifetime of.
    CacheWrite,
    CacheWrite5m,
    CacheWrite1h,
    Total,
    Latency,
    LatencySeconds,
    Ttft,
    TtftSeconds,
    Hit,
    /// A response-cache hit where it holds truths, tokens read from the prompt cache where it holds counts.
    Cached,
    Error,
    Success,
    Prompt,
    Requests,
    Region,
    Tier,
    Batch,
    Id,
    Cost,
    WebSearches,
    /// Tokens of reasoning, where a tool counts them apart.
    Reasoning,
    /// A guardrail that was asked.
    Guardrail,
    /// How quick an answer was bought.
    Performance,
    /// The host or the door that was called.
    Host,
    /// Who was called, where it is not the model's maker.
    Provider,
    /// What a gateway was asked to do.
    CallType,
    /// How quick the model was to write.
    Speed,
    /// The geography that an answer was kept in.
    Geo,
    /// Kinds of iterations that are counted beside the message.
    Iterated,
    /// Another model that answered a part.
    IteratedBy,
    /// Iterations that could not be read.
    IterationsUnread,
    Day,
    Hour,
}

/// How counts of the prompt relate to those of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// The name does not tell.
    Open,
    Disjoint,
    Inclusive,
}

use Field as F;
use Style::{Disjoint, Inclusive, Open};

/// Names without case, marks and the containers they lie in, the ones to prefer first.
const NAMES: &[(Field, Style, &[&str])] = &[
    (
        F::Time,
        Open,
        &[
            "timestamp",
            "starttime",
            "starttimeunixnano",
            "requestcreatedat",
            "createdat",
            "requesttime",
            "datetime",
            "eventtime",
            "time",
            "ts",
            "date",
            "usagestarttime",
            "timebucket",
            "usagedateutc",
            "startingat",
            "startns",
            "timeunixnano",
            "starttimestamp",
        ],
    ),
    (F::EndTime, Open, &["endtime", "endtimeunixnano", "responsecreatedat", "completedat", "finishedat"]),
    (F::FirstTokenTime, Open, &["completionstarttime", "firsttokentime"]),
    (
        F::Model,
        Open,
        &[
            "model",
            "providedmodelname",
            "requestmodel",
            "genairequestmodel",
            "llmrequestmodel",
            "modelname",
            "modelid",
            "responsemodel",
            "modelarn",
            "genairesponsemodel",
            "llmresponsemodel",
            "llmmodelname",
            "modelversion",
            "modelpermaslug",
            "aimodel",
        ],
    ),
    (F::Kind, Open, &["querytype", "type", "kind", "usecase"]),
    (
        F::Input,
        Disjoint,
        &[
            "inputtokencount",
            "uncachedinputtokens",
            "usagedetailsinput",
            "noncachedinputtokens",
            "usageinputtokensnocache",
            "inputtokensnocache",
        ],
    ),
    (
        F::Input,
        Inclusive,
        &[
            "prompttokens",
            "prompttokencount",
            "ncontexttokenstotal",
            "inputusage",
            "summedprompttokens",
            "tokensprompt",
            "requesttokens",
            "llmtokencountprompt",
        ],
    ),
    (
        F::Input,
        Open,
        &[
            "inputtokens",
            "usageinput",
            "input",
            "contexttokens",
            "totalinputtokens",
            "tokensin",
            "tokensinput",
            "inputtoken",
            "ninputtokens",
            "numinputtokens",
        ],
    ),
    (
        F::Output,
        Open,
        &[
            "outputtokencount",
            "outputtokens",
            "completiontokens",
            "completiontokencount",
            "usagedetailsoutput",
            "usageoutput",
            "outputusage",
            "generatedtokens",
            "ngeneratedtokenstotal",
            "output",
            "totaloutputtokens",
            "tokensout",
            "tokensoutput",
            "outputtoken",
            "llmtokencountcompletion",
            "numoutputtokens",
            "tokenscompletion",
            "responsetokens",
            "candidatestokencount",
            "usageoutputtokens",
        ],
    ),
    (
        F::CacheRead,
        Disjoint,
        &["cachereadinputtokens", "cachereadinputtokencount", "inputcachereads", "usageinputtokenscacheread"],
    ),
    (
        F::CacheRead,
        Inclusive,
        &[
            "cachedtokens",
            "cachedinputtokens",
            "inputcachedtokens",
            "promptcachedtokens",
            "cachedprompttokens",
            "ncachedcontexttokenstotal",
            "promptcachehittokens",
            "llmtokencountpromptdetailscacheread",
            "inputcachedtokencount",
            "tokenscached",
            "cachedcontenttokencount",
        ],
    ),
    (
        F::CacheRead,
        Open,
        &[
            "cachereadtokens",
            "cacheread",
            "promptcachereadtokens",
            "promptcacheread",
            "inputcacheread",
            "cachereadtokencount",
            "cachereads",
            "cachedreadtokens",
            "cachehittokens",
            "readcachetokens",
            "tokenscacheread",
        ],
    ),
    (
        F::CacheWrite,
        Open,
        &[
            "cachewriteinputtokens",
            "cachewriteinputtokencount",
            "cachecreationinputtokens",
            "cachecreationtokens",
            "cachewritetokens",
            "cachewrite",
            "promptcachewritetokens",
            "promptcachewrite",
            "inputcachecreation",
            "inputcachewrite",
            "cachecreation",
            "cachewrites",
            "cachedwritetokens",
            "tokenscachewrite",
            "llmtokencountpromptdetailscachewrite",
        ],
    ),
    (
        F::CacheWrite5m,
        Open,
        &[
            "cachewrite5m",
            "cachewrite5mtokens",
            "ephemeral5minputtokens",
            "cachecreation5mtokens",
            "inputcachecreation5m",
            "promptcachewrite5m",
            "cachecreationephemeral5minputtokens",
            "usageinputtokenscachewrite5m",
        ],
    ),
    (
        F::CacheWrite1h,
        Open,
        &[
            "cachewrite1h",
            "cachewrite1htokens",
            "ephemeral1hinputtokens",
            "cachecreation1htokens",
            "inputcachecreation1h",
            "promptcachewrite1h",
            "cachecreationephemeral1hinputtokens",
            "cachecreation1hinputtokens",
            "cachewrite1hinputtokens",
            "promptcachewrite1htokens",
            "usageinputtokenscachewrite1h",
        ],
    ),
    (
        F::Total,
        Open,
        &[
            "totaltokens",
            "totaltokencount",
            "totalusage",
            "usagetotal",
            "usagedetailstotal",
            "llmusagetotaltokens",
            "llmtokencounttotal",
            "tokens",
        ],
    ),
    (
        F::Latency,
        Open,
        &[
            "latencyms",
            "durationms",
            "delayms",
            "responsetimems",
            "requestdurationms",
            "elapsedms",
            "responselatencyms",
            "invocationlatency",
            "latencymilliseconds",
        ],
    ),
    (
        F::LatencySeconds,
        Open,
        &["latencys", "latencyseconds", "latencysec", "durations", "durationseconds", "requestdurationseconds"],
    ),
    (F::Latency, Open, &["latency"]),
    (F::Ttft, Open, &["ttftms", "ttft", "timetofirsttokenms", "firstbytelatency", "timetofirsttoken"]),
    (F::TtftSeconds, Open, &["ttfts", "ttftseconds", "timetofirsttokenseconds", "genaiservertimetofirsttoken"]),
    (F::Hit, Open, &["cachehit", "fromcache", "cacheenabledhit", "servedfromcache", "iscached", "iscachehit"]),
    (F::Cached, Open, &["cached"]),
    (
        F::Error,
        Open,
        &[
            "errorcode",
            "error",
            "errortype",
            "status",
            "statuscode",
            "responsestatus",
            "httpstatus",
            "httpstatuscode",
            "level",
            "haserror",
            "iserror",
            "failed",
            "failure",
            "errormessage",
        ],
    ),
    (F::Success, Open, &["success", "ok", "succeeded", "issuccess"]),
    (F::Prompt, Open, &["prompt", "question", "userprompt"]),
    (
        F::Requests,
        Open,
        &[
            "requests",
            "requestcount",
            "numrequests",
            "nrequests",
            "nummodelrequests",
            "calls",
            "callcount",
            "numcalls",
            "invocations",
            "numberofrequests",
            "totalrequests",
            "count",
            "apirequests",
        ],
    ),
    (
        F::Region,
        Open,
        &[
            "region",
            "awsregion",
            "inferenceregion",
            "regionname",
            "awsregionname",
            "productregioncode",
            "cloudregion",
            "genaiserverregion",
            "regioncode",
        ],
    ),
    (
        F::Tier,
        Open,
        &[
            "servicetier",
            "tier",
            "pricingtier",
            "requestedservicetier",
            "inferencetier",
            "resolvedservicetier",
            "servicetierused",
            "servicetiertype",
            "servicetiername",
            "tiertype",
            "tiername",
            "openairesponseservicetier",
            "genairesponseservicetier",
        ],
    ),
    (F::Batch, Open, &["batch", "isbatch"]),
    (
        F::Id,
        Open,
        &[
            "requestid",
            "sessionrequestid",
            "xamznrequestid",
            "awsrequestid",
            "responsemetadatarequestid",
            "reqid",
            "invocationid",
            "uuid",
            "id",
            "observationid",
            "spanid",
            "callid",
            "responseid",
            "messageid",
            "recordid",
            "generationid",
            "logid",
        ],
    ),
    (
        F::Cost,
        Open,
        &[
            "cost",
            "costusd",
            "totalcost",
            "spend",
            "costdetailstotal",
            "totalcostusd",
            "responsecost",
            "calculatedtotalcost",
            "price",
            "usdcost",
            "llmcostusd",
            "costtotal",
        ],
    ),
    (F::WebSearches, Open, &["websearchrequests", "servertoolusewebsearchrequests", "websearchcount"]),
    (
        F::Reasoning,
        Open,
        &["outputreasoningtokens", "outputreasoning", "reasoningtokens", "reasoningtokencount", "reasoning"],
    ),
    (
        F::Guardrail,
        Open,
        &[
            "guardrailid",
            "guardrailidentifier",
            "guardrailarn",
            "bedrockguardrailid",
            "awsbedrockguardrailid",
            "guardrail",
        ],
    ),
    (
        F::Performance,
        Open,
        &[
            "performanceconfiglatency",
            "performanceconfig",
            "requestperformanceconfiglatency",
            "latencymode",
            "latencyoptimized",
        ],
    ),
    (F::Host, Open, &["serveraddress", "endpoint", "endpointurl", "host", "door", "apibase", "baseurl", "urlfull"]),
    (
        F::Provider,
        Open,
        &["customllmprovider", "genaiprovidername", "genaisystem", "llmprovider", "llmsystem", "provider"],
    ),
    (F::CallType, Open, &["calltype"]),
    (F::Speed, Open, &["usagespeed", "speed", "speedmode"]),
    (F::Geo, Open, &["inferencegeo", "usageinferencegeo"]),
    (F::Iterated, Open, &["iterationscounted"]),
    (F::IteratedBy, Open, &["iterationsmodel"]),
    (F::IterationsUnread, Open, &["iterationsunread"]),
    (F::Day, Open, &["day"]),
    (F::Hour, Open, &["hour"]),
];

/// Where vendors put their fields: what stands before a name in a path.
const CONTAINERS: &[&str] = &[
    "usage",
    "usagedetails",
    "usageobject",
    "metadata",
    "additionalusagevalues",
    "response",
    "message",
    "attributes",
    "properties",
    "prompttokensdetails",
    "inputtokensdetails",
    "cachecreation",
    "cachecreationtokendetails",
    "tokenusage",
    "genai",
    "llm",
    "span",
    "input",
    "output",
    "body",
    "data",
    "row",
    "request",
    "costdetails",
    "cacheread",
    "completiontokensdetails",
    "servertooluse",
    "outputtokensdetails",
    "bedrock",
    "context",
    "status",
    "aws",
    "cloud",
    "metrics",
    "meta",
    "usagemetadata",
    "modelparameters",
    "invocationparameters",
    "proxyserverrequest",
    "requestbody",
    "params",
    "responsemetadata",
];

/// What was asked: of it only the words for a tier and for quickness are of the price.
pub(super) const ASKED: [&str; 5] =
    ["modelparameters", "invocationparameters", "proxyserverrequest", "requestbody", "params"];
/// What was said, whatever its own keys are called.
const SAID: [&str; 2] = ["input", "output"];
/// The names of Bedrock's log within them.
const COUNTED_IN_SAID: [&str; 5] =
    ["inputtokencount", "outputtokencount", "cachereadinputtokencount", "cachewriteinputtokencount", "servicetier"];

/// Names that hold one of [`SUSPICIOUS`] and bear on no price.
const HARMLESS: &[&str] = &[
    "requestid",
    "requesttags",
    "cachekey",
    "requestmetadata",
    "requestuserid",
    "requestbody",
    "requestpath",
    "requestip",
    "requestmodel",
    "requestedmodel",
    "requestcreatedat",
    "requestreferrer",
    "costcenter",
    "costcentre",
    "costallocation",
    "requesterid",
    "requesttype",
    "requestmethod",
    "requesturi",
    "requesturl",
    "proxyserverrequest",
    "requestprompt",
    "requestor",
    "requester",
    "requestername",
    "inputcost",
    "outputcost",
    "costcurrency",
    "requestheaders",
    "requestmaxtokens",
    "requesttemperature",
    "requesttopp",
    "requesttopk",
    "requeststopsequences",
    "requestduration",
    "requestparameters",
    "requestformat",
    "requestdate",
    "requestuser",
    "cacheenabled",
    "cachereadcost",
    "cachewritecost",
    "costbreakdown",
    "costdetailsinput",
    "costdetailsoutput",
    "isrequest",
    "requeststream",
    "requestfrequencypenalty",
    "requestpresencepenalty",
    "requestchoicecount",
    "requestseed",
    "requestencodingformats",
    "requestisstreaming",
    "requestreasoninglevel",
    "llmrequesttype",
    "llmrequestmaxtokens",
    "requestname",
    "requeststopsequence",
    "calculatedinputcost",
    "calculatedoutputcost",
    "requesttraceid",
];

const SUSPICIOUS: &[&str] = &[
    "cache",
    "tier",
    "batch",
    "request",
    "region",
    "cost",
    "guardrail",
    "performanceconfig",
    "optimized",
    "price",
    "discount",
    "commitment",
    "surcharge",
    "throughput",
    "inferencegeo",
    "iterations",
    "audioseconds",
    "videoseconds",
    "lifetime",
];
/// Whole names that may bear on the price.
const SUSPICIOUS_WHOLE: [&str; 4] = ["ttl", "credit", "credits", "performance"];

/// Words of the path before a name that bear on no price: a request has many fields, and what a tool thinks that
/// something cost is no price.
const HARMLESS_BEFORE: &[&str] = &["request", "costdetails", "costbreakdown", "requestmetadata", "requesttags"];

/// What a tool's tags are kept in, and what is documented among them.
const TAGS: [&str; 3] = ["metadata", "meta", "requestmetadata"];
const DOCUMENTED_TAGS: [&str; 6] =
    ["usageobject", "additionalusagevalues", "usage", "usagedetails", "tokenusage", "attributes"];

/// A name without case and marks.
pub(super) fn squash(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a column or a path of JSON is, by its name: the field, its style, and how much it is preferred,
/// less being more.
pub(super) fn classify(path: &str) -> Option<(Field, Style, usize)> {
    if let Some((function, of)) = aggregate(path) {
        return match function {
            "count" if counts_rows(of) => Some((F::Requests, Open, 0)),
            "bin" | "datefloor" => Some((F::Time, Open, 0)),
            "sum" => classify(of).filter(|(field, _, _)| field.is_count()),
            _ => None,
        };
    }
    let parts: Vec<String> = path.split(['.', '/', ':']).map(squash).filter(|part| !part.is_empty()).collect();
    for from in 0..parts.len() {
        if !parts[..from].iter().all(|part| CONTAINERS.contains(&part.as_str())) {
            return None;
        }
        let name = parts[from..].concat();
        // Tables join a path by underscores.
        let flat = name.strip_prefix("usage").filter(|_| parts.len() == 1 && name.contains("cache"));
        for (group, (field, style, names)) in NAMES.iter().enumerate() {
            let is = |known: &&str| *known == name || flat.is_some_and(|flat| *known == flat);
            if let Some(at) = names.iter().position(is) {
                // What lies among costs is money, and a customer's own tag of any name says nothing of the price.
                let tag = parts[..from].iter().any(|part| TAGS.contains(&part.as_str()))
                    && !parts[..from].iter().any(|part| DOCUMENTED_TAGS.contains(&part.as_str()));
                let lies_in = |names: &[&str]| parts[..from].iter().any(|part| names.contains(&part.as_str()));
                let of_tags = matches!(
                    field,
                    F::Tier
                        | F::Batch
                        | F::Region
                        | F::Requests
                        | F::Performance
                        | F::Host
                        | F::Hit
                        | F::Cached
                        | F::Guardrail
                        | F::Id
                );
                if lies_in(&["costdetails"]) && *field != F::Cost
                    || tag && of_tags
                    || lies_in(&SAID) && !COUNTED_IN_SAID.contains(&name.as_str())
                    || lies_in(&ASKED) && !matches!(field, F::Tier | F::Performance)
                {
                    return None;
                }
                let style = match (style, parts.join(".").as_str()) {
                    // OpenTelemetry's prompt contains what the cache gave; Langfuse's does not.
                    (Style::Disjoint | Style::Open, path) if path.starts_with("genai.usage.cacheread") => Inclusive,
                    (_, path) if path.starts_with("usagedetails.") => Disjoint,
                    (style, _) => *style,
                };
                // The place in the table orders groups, and within one the names.
                return Some((*field, style, group * 100 + at));
            }
        }
    }
    None
}

/// The function of a column that CloudWatch Insights added up, and what of: `sum(input.inputTokenCount)`, `bin(1h)`.
pub(super) fn aggregate(path: &str) -> Option<(&str, &str)> {
    let (function, of) = path.trim().strip_suffix(')')?.split_once('(')?;
    let known = ["count", "sum", "bin", "datefloor", "avg", "min", "max", "stddev", "pct", "median"];
    known.into_iter().find(|known| known.eq_ignore_ascii_case(function.trim())).map(|function| (function, of.trim()))
}

/// Whether a count of Insights is of its rows: of all of them, or of what each has. One of another field, such as
/// `count(errorCode)`, is of some.
fn counts_rows(of: &str) -> bool {
    of == "*" || ["", "message", "timestamp", "requestid", "modelid"].contains(&squash(of).as_str())
}

/// Whether a name that is not understood may bear on the price.
pub(super) fn is_suspicious(path: &str) -> bool {
    let whole = squash(path);
    if path.contains(['.', '/'])
        && path.split(['.', '/']).next().is_some_and(|first| SAID.contains(&squash(first).as_str()))
    {
        return false;
    }
    let mut parts = path.split(['.', '/']).map(squash).rev();
    let name = parts.next().unwrap_or_default();
    if HARMLESS.iter().any(|known| name == *known || whole.ends_with(known)) {
        return false;
    }
    let holds = |name: &str| SUSPICIOUS.iter().any(|part| name.contains(part)) || SUSPICIOUS_WHOLE.contains(&name);
    let plain = |part: &str| HARMLESS.contains(&part) || HARMLESS_BEFORE.contains(&part);
    let parts: Vec<String> = parts.collect();
    holds(&name) && !parts.iter().any(|part| part == "costdetails")
        || !parts.iter().any(|part| plain(part)) && parts.iter().any(|part| holds(part))
}

/// Whether a value of a column that is not understood is a word for a tier, or a region.
pub(super) fn speaks_of_price(path: &str, value: &str) -> bool {
    let value = value.trim();
    let own =
        |part: String| TAGS.contains(&part.as_str()) || path.contains(['.', '/']) && SAID.contains(&part.as_str());
    let tag = path.split(['.', '/']).map(squash).any(own);
    value.len() <= 16
        && !tag
        && (["batch", "flex", "priority"].iter().any(|word| value.eq_ignore_ascii_case(word))
            || crate::catalog::is_region(value))
}

impl Field {
    /// Its name in the report.
    pub fn key(self) -> &'static str {
        match self {
            F::Time => "time",
            F::EndTime => "end_time",
            F::FirstTokenTime => "first_token_time",
            F::Model => "model",
            F::Kind => "type",
            F::Input => "input",
            F::Output => "output",
            F::CacheRead => "cache_read",
            F::CacheWrite | F::CacheWrite5m => "cache_write_5m",
            F::CacheWrite1h => "cache_write_1h",
            F::Total => "total",
            F::Latency | F::LatencySeconds => "latency",
            F::Ttft | F::TtftSeconds => "ttft",
            F::Hit | F::Cached => "cache_hit",
            F::Error | F::Success => "error",
            F::Prompt => "prompt",
            F::Requests => "requests",
            F::Region => "region",
            F::Tier => "tier",
            F::Batch => "batch",
            F::Id => "id",
            F::Cost => "cost",
            F::WebSearches => "web_searches",
            F::Reasoning => "reasoning",
            F::Guardrail => "guardrail",
            F::Performance => "performance",
            F::Host => "host",
            F::Provider => "provider",
            F::CallType => "call_type",
            F::Speed => "speed",
            F::Geo => "geography",
            F::Iterated | F::IteratedBy | F::IterationsUnread => "iterations",
            F::Day => "day",
            F::Hour => "hour",
        }
    }

    /// Whether it holds a count of tokens or calls.
    pub fn is_count(self) -> bool {
        matches!(
            self,
            F::Input
                | F::Output
                | F::CacheRead
                | F::CacheWrite
                | F::CacheWrite5m
                | F::CacheWrite1h
                | F::Total
                | F::Requests
                | F::WebSearches
                | F::Reasoning
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_tools_are_known() {
        let check = |path: &str, field: Field| assert_eq!(classify(path).map(|found| found.0), Some(field), "{path}");
        for path in [
            "inputTokenCount",
            "input.inputTokenCount",
            "inputtokencount",
            "prompt_tokens",
            "usage.inputTokens",
            "gen_ai.usage.input_tokens",
            "usage.input",
            "input",
            "n_context_tokens_total",
            "usageDetails.input",
            "Prompt Tokens",
        ] {
            check(path, F::Input);
        }
        for path in [
            "cache_read_input_tokens",
            "usage.cacheReadInputTokens",
            "prompt_tokens_details.cached_tokens",
            "input_cached_tokens",
            "gen_ai.usage.cache_read.input_tokens",
            "metadata.additional_usage_values.cache_read_input_tokens",
            "prompt_cache_read_tokens",
            "input_tokens_details.cached_tokens",
        ] {
            check(path, F::CacheRead);
        }
        for path in ["cache_creation_input_tokens", "cacheWriteInputTokens", "prompt_cache_write_tokens"] {
            check(path, F::CacheWrite);
        }
        check("cache_creation.ephemeral_5m_input_tokens", F::CacheWrite5m);
        check("cache_creation.ephemeral_1h_input_tokens", F::CacheWrite1h);
        check("num_model_requests", F::Requests);
        for path in ["count(*)", "count()", "count(@message)", "count(requestId)"] {
            check(path, F::Requests);
        }
        assert_eq!(classify("count(errorCode)"), None);
        check("bin(1h)", F::Time);
        check("sum(input.inputTokenCount)", F::Input);
        check("sum(input.cacheReadInputTokenCount)", F::CacheRead);
        assert_eq!(classify("avg(input.inputTokenCount)"), None);
        for path in ["service_tier", "serviceTier.type", "service_tier.type", "tier.name", "resolvedServiceTier"] {
            check(path, F::Tier);
        }
        check("prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens", F::CacheWrite1h);
        check("aws.bedrock.guardrail.id", F::Guardrail);
        check("performanceConfig.latency", F::Performance);
        // A customer's own tags, and what was said.
        for path in ["metadata.tier", "metadata.cached", "metadata.requestId", "output.cached", "output.tier"] {
            assert_eq!(classify(path), None, "{path}");
        }
        for path in ["input.batch", "input.region", "input.cache_read_input_tokens", "input.requestId", "params.cached"]
        {
            assert_eq!(classify(path), None, "{path}");
        }
        check("modelParameters.serviceTier", F::Tier);
        check("llm.invocation_parameters.service_tier", F::Tier);
        check("x-amzn-requestid", F::Id);
        check("response.ResponseMetadata.RequestId", F::Id);
        assert_eq!(classify("costDetails.cache_read_input_tokens"), None);
        check("spend", F::Cost);
        check("startTime", F::Time);
        assert_eq!(classify("messages.0.content"), None);
        assert_eq!(classify("foo.input"), None);
    }

    #[test]
    fn names_that_may_bear_on_the_price_are_suspicious() {
        for name in ["cache_something", "my_tier", "batch_job", "region_group", "cost_estimate_v2", "requests_total_x"]
        {
            assert!(classify(name).is_none() && is_suspicious(name), "{name}");
        }
        for name in ["cache.type", "tier.id", "serviceTier.id", "region.type", "cost.type", "batch.x", "metadata.tier"]
        {
            assert!(classify(name).is_none() && is_suspicious(name), "{name}");
        }
        for name in
            ["user", "request_tags", "cache_key", "cost_center", "session", "costDetails.input", "request.top_p"]
        {
            assert!(!is_suspicious(name), "{name}");
        }
    }
}
