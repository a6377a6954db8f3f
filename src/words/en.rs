//! English. A word is named for what it says, its hint for the word it follows.
//!
//! What the page says before anything is loaded is `first`: its program carries these words only.
//! Everything else is `later`. A test reads the sources and says which words stand on the wrong side.

macro_rules! words {
    ($($part:ident { $($key:ident = $text:literal;)* })*) => {
        /// A sentence of the table.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Word { $($($key,)*)* }

        impl Word {
            pub const ALL: &'static [Word] = &[$($(Word::$key,)*)*];

            /// The name of the word in translations and stored messages.
            pub fn key(self) -> &'static str {
                const KEYS: &[&str] = &[$($(stringify!($key),)*)*];
                KEYS[self as usize]
            }

            /// The English template.
            pub fn english(self) -> &'static str {
                const TEXTS: &[&str] = &[$($($text,)*)*];
                TEXTS[self as usize]
            }

            pub fn from_key(key: &str) -> Option<Word> {
                Word::ALL.iter().copied().find(|word| word.key() == key)
            }

            /// Every word in its order with its key and its English template.
            pub fn table() -> Vec<(&'static str, &'static str)> {
                Word::ALL.iter().map(|word| (word.key(), word.english())).collect()
            }

            /// The same, with nothing for the words that are needed later. A program that asks for no
            /// more carries no more.
            pub fn first_table() -> Vec<(&'static str, &'static str)> {
                const FIRST: &str = concat!($($(words!(@$part $key $text),)*)*);
                let mut parts = FIRST.split('\0');
                std::iter::from_fn(|| parts.next().zip(parts.next())).collect()
            }
        }
    };
    (@first $key:ident $text:literal) => { concat!(stringify!($key), "\0", $text, "\0") };
    (@later $key:ident $text:literal) => { "\0\0" };
}

words! {
first {
    // What can be wrong with any document.
    not_json = "This is not JSON: {error}.";
    not_json_hint = "Look at the character before that place.";
    wrong_type = "{value} is of the wrong type.";
    expected_object = "Expected an object, { … }.";
    expected_list = "Expected a list, [ … ].";
    expected_number = "Expected a number.";
    expected_count = "Expected a whole number of at least 0.";
    expected_text = "Expected text in quotes.";
    expected_flag = "Expected true or false.";
    expected_distribution = "Expected a number, or {\"kind\": …, \"mean\": …, \"sd\": …}.";
    field_missing = "The field `{field}` is missing.";
    field_missing_hint = "Add it.";
    unknown_field = "The field `{field}` is not known and was ignored.";
    unknown_field_hint = "Check its spelling.";
    did_you_mean = "Did you mean `{name}`?";
    values_wrong = "These are not the values of a distribution.";
    expected_values = "Expected a list of 1 to {most} numbers.";
    kind_unknown = "There is no distribution called “{kind}”.";
    kind_unknown_hint = "Choose constant, exponential, lognormal, gamma, normal, simple or empirical.";

    not_one_of = "“{value}” is not a choice.";
    not_one_of_hint = "Choose one of: {all}.";

    // What can be wrong with a scenario.
    scenario_version = "This scenario is of version {version}, which this release does not read.";
    scenario_version_hint = "Update Rehearsal, or open it where it was made.";
    out_of_range = "{value} is out of range.";
    out_of_range_hint = "Expected a number from {least} to {most}.";
    mix_empty = "The query mix is empty.";
    mix_empty_hint = "Add at least one query type.";
    mix_all_zero = "Every share is 0 %, so no message arrives.";
    mix_all_zero_hint = "Give at least one query type a share.";
    mix_too_long = "The query mix has {count} entries.";
    mix_too_long_hint = "Join types that behave alike; at most 64 types with 254 routes are simulated.";
    name_empty = "A query type needs a name.";
    name_empty_hint = "Give it one.";
    name_twice = "Two query types are called “{name}”.";
    name_twice_hint = "Rename one of them.";
    share_sum = "The shares add up to {sum} %.";
    share_sum_over_hint = "They must not exceed 100 %; normalise them.";
    share_sum_under_hint = "{rest} % of the messages have no type and are left out.";
    route_sum = "The routing shares add up to {sum} %.";
    route_sum_hint = "They must add up to 100 %.";
    model_or_route = "A query type needs either a model or a route.";
    model_or_route_hint = "Give one of the two.";
    ttft_needs_rate = "A time to first token needs `tokens_per_s` beside it.";
    ttft_needs_rate_hint = "Give the model's output tokens per second.";
    latency_and_ttft = "A model has either `latency` for whole answers or `ttft` for streamed ones.";
    latency_and_ttft_hint = "Remove one of the two.";
    not_whole = "This is not a whole number.";
    not_whole_hint = "Give a whole number.";
    expected_curve = "Expected the name of a curve, or 24 numbers, one for each hour.";
    curve_empty = "No hour of the day has any traffic.";
    curve_empty_hint = "Give at least one hour a weight above 0.";
    trace_missing = "Arrivals follow a trace, and there is none.";
    trace_missing_hint = "Give `traffic.trace` its `arrivals_ms`, or choose other arrivals.";
    trace_too_long = "The trace has {count} messages.";
    trace_too_long_hint = "A document carries at most {most}; use a part of it.";
    trace_back = "The trace goes back in time here.";
    trace_back_hint = "Sort it by time.";
    trace_lengths = "{tokens} token counts do not fit {count} arrivals.";
    trace_lengths_hint = "Give one for each arrival, or none.";
    too_many_stages = "There are {count} stages.";
    too_many_stages_hint = "At most {most} are simulated; join those that behave alike.";
    no_latency = "How fast {model} answers is not known.";
    no_latency_hint = "Give `models` an entry `{model}` with `latency`, or with `ttft` and `tokens_per_s`.";
    too_many_messages = "{count} messages are too many for one run.";
    too_many_messages_hint = "At most {most} are simulated; lower the traffic or simulate a part of the day.";
}

later {
    // What can be wrong with a fixture.
    not_yaml = "This is not YAML: {error}.";
    fixture_version = "This fixture is of version {version}, which this release does not read.";
    fixture_response = "A fixture sends back one thing: an `answer`, an `error`, both for a stream that breaks off, or a `recording`.";
    fixture_response_hint = "Give exactly that.";
    block_unknown = "There is no content block of type “{kind}”.";
    block_unknown_hint = "Choose text, thinking, redacted_thinking or tool_use.";
    stop_reason_unknown = "No model stops for the reason “{reason}”.";
    stop_reason_hint = "Choose end_turn, max_tokens, stop_sequence, tool_use, pause_turn, refusal, content_filtered, guardrail_intervened, model_context_window_exceeded, malformed_model_output or malformed_tool_use; `error` goes with `metadata.error_code`.";
    operation_unknown = "There is no operation “{name}”.";
    operation_hint = "Choose InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream or CountTokens.";
    not_base64 = "This is not base64.";
    not_base64_hint = "Encode the bytes with the standard alphabet and padding.";
    header_wrong = "“{name}” is no header that HTTP can carry.";
    header_wrong_hint = "A header is a name and one line of printable ASCII.";
    pattern_wrong = "The pattern “{pattern}” is no regular expression: {error}.";
    pattern_hint = "Mend it; it may have 1,000 characters.";
    variable_type = "There is no type “{kind}” of variables.";
    variable_type_hint = "Choose string, integer, number or boolean.";
    variable_unknown = "There is no variable `{name}`.";
    variable_unknown_hint = "Add it to `variables`.";
    variable_value = "The variable `{name}` needs a value of type {kind}.";
    variable_value_hint = "Give it in the row or as a default.";
    table_too_long = "The table has {count} rows.";
    table_too_long_hint = "At most 100,000 fixtures come from one template; split the table.";
    lint_unknown_model = "The model “{model}” is not in the catalog.";
    lint_unknown_model_hint = "Check its spelling, or leave it out to answer for any model.";
    lint_hash = "The hash {hash} is not that of the prompt, which is {expected}.";
    lint_hash_hint = "Correct it, or leave it out: it is computed from the prompt.";
    lint_stop_reason = "An answer like this cannot stop for the reason “{reason}”.";
    lint_stop_reason_hint = "A tool use stops for tool_use, a stop sequence names itself, everything else does neither.";
    lint_error_code = "An error needs to say which.";
    lint_error_code_hint = "Give `metadata.error_code` the name of the exception.";
    lint_usage = "{declared} tokens are declared where about {estimated} are expected.";
    lint_usage_hint = "Count them anew, or leave `usage` out: it is estimated then.";
    lint_input_hint = "Count them anew; a system prompt's share is said by `metadata.system_tokens`.";
    lint_id_twice = "The id `{id}` is also used in {other}.";
    lint_shadowed = "“{other}” always answers first.";
    lint_shadowed_hint = "Remove it, or make the other more particular.";
    fixture_twice = "The id `{id}` is used twice.";
    fixture_twice_hint = "Rename one of the two.";
}

first {
    // The page.
    ui_title = "Rehearsal: cost and latency of a chatbot on Amazon Bedrock";
    ui_promise = "Runs in your browser. Nothing is uploaded.";
    ui_skip = "Skip to the content";
    ui_views = "Views";
    ui_view_what_if = "What-if";
    ui_view_fixtures = "Fixtures";
    ui_view_client = "Client";
    ui_view_benchmarks = "Benchmarks";
    ui_undo = "Undo";
    ui_redo = "Redo";
    ui_language = "Language";
    ui_theme = "Theme";
    ui_theme_system = "System";
    ui_theme_light = "Light";
    ui_theme_dark = "Dark";
    ui_footer = "Every figure is computed here, from the scenario on the left and public prices. Nothing you type leaves this page.";
    ui_loading = "Loading…";
    ui_unknown = "unknown";

    // The mix editor.
    ui_preset = "Scenario";
    ui_preset_own = "Your own";
    ui_preset_reference = "MangaAssist, whole answers";
    ui_preset_generation = "MangaAssist, with generation time";
    ui_daily_messages = "Messages a day";
    ui_seed = "Seed of chance";
    ui_mix = "Query mix";
    ui_share_sum = "Sum {sum}";
    ui_normalise = "Normalise to 100 %";
    ui_add_type = "Add a query type";
    ui_remove_type = "Remove {name}";
    ui_type_name = "Name of the query type";
    ui_share = "Share of messages";
    ui_hit_rate = "Answered by the cache";
    ui_input_tokens = "Tokens in";
    ui_output_tokens = "Tokens out";
    ui_model = "Model";

    // Results.
    ui_cost_day = "Cost a day";
    ui_a_month = "{amount} in {days} days";
    ui_p50_note = "half of all answers are faster";
    ui_p95_note = "1 answer in 20 is slower";
    ui_p99_note = "1 answer in 100 is slower";
    ui_within = "Within {limit}";
    ui_within_note = "answers in time to be useful";
    ui_cost_by_type = "Cost by query type";
    ui_type = "Query type";
    ui_bar_legend = "Input, output, saved by the cache";
    ui_bar_label = "{paid} paid, {saved} saved by the cache";
    ui_cost_call = "Per model call";
    ui_to_model = "Model calls a day";
    ui_total = "All";
    ui_cache_saves = "The cache answers {traffic} of the messages and saves {money} a day, {share} of the bill without it.";
    ui_unknown_prices = "Prices not known, so no total: {names}.";
    ui_latency = "Latency of a simulated day";
    ui_simulating = "Simulating…";
    ui_latency_chart = "Distribution of answer times: half within {p50}, 95 % within {p95}, 99 % within {p99}.";
    ui_messages = "Messages";
    ui_mean = "Mean";
    ui_mc_error = "Chance moves these figures by about {p50} (P50), {p95} (P95) and {p99} (P99), one standard error. Seed {seed}: the same every time.";
    ui_digest = "Digest of every bit of this day, the same on every machine:";
    ui_assumptions = "Assumed: a cache hit takes 20 ms; a model answers after max(50 ms, N(mean, sd)) as in the original document, plus its tokens at its speed where the scenario says so.";
}

later {
    // Fixtures and their replay.
    ui_kind_golden = "golden";
    ui_kind_edge = "edge case";
    ui_kind_error = "error";
    ui_kind_japanese = "Japanese";
    ui_kind_recorded = "recorded";
    ui_play = "Play";
    ui_pause = "Pause";
    ui_step = "Step";
    ui_restart = "Restart";
    ui_speed = "Speed";
    ui_progress = "Progress of the replay";
    ui_elapsed = "Elapsed";
    ui_ttft = "First token";
    ui_rate = "Tokens a second";
    ui_tokens_out = "Tokens";
    ui_events = "Events ({arrived} of {all})";
    ui_cadence = "Cadence";
    ui_cadence_model = "the model's tokens a second";
    ui_cadence_original = "50 ms a chunk, as in the original";
    ui_fixture_count = "{shown} of {all}";
    ui_search = "Search";
    ui_kind = "Kind";
    ui_kind_all = "all kinds";
    ui_new_fixture = "New…";
    ui_starter_answer = "an answer";
    ui_starter_tool_use = "a tool use";
    ui_starter_rule = "an answer by rules";
    ui_starter_error = "an error";
    ui_starter_broken_stream = "a stream that breaks off";
    ui_starter_template = "a template with a table";
    ui_import = "Import…";
    ui_export = "Export";
    ui_import_hint = "Drop fixtures, invocation logs (gzip or not), VCR cassettes, pasted answers or event streams here. Keys, mail addresses, phone numbers and account ids are redacted.";
    ui_imported = "{count} fixtures imported, {skipped} left out.";
    ui_unreadable = "These files cannot be read and are left out:";
    ui_save_file = "Save file";
    ui_discard = "Discard";
    ui_lint_clean = "Nothing wrong with this file.";

    // The client.
    ui_operation = "Operation";
    ui_system = "System";
    ui_prompt = "Prompt";
    ui_prompt_example = "A prompt from the library";
    ui_fallback = "When nothing matches";
    ui_fallback_strict = "a clear error";
    ui_fallback_hash = "an answer by hash";
    ui_fallback_random = "an answer by chance";
    ui_fallback_echo = "echo";
    ui_at_once = "at once";
    ui_faults = "Faults for the next calls";
    ui_add_fault = "add…";
    ui_send = "Send";
    ui_reset_mock = "Reset";
    ui_client_hint = "Ctrl+Enter sends. The mock answers here, in this page; nothing is sent anywhere.";
    ui_client_empty = "Send a request to see its answer, the HTTP exchange and every frame.";
    ui_tokens_in_out = "Tokens in / out";
    ui_cost = "Cost";
    ui_why = "Why this answer: {reason}.";
    ui_reason = "Reason";
    ui_panels = "Parts of the exchange";
    ui_panel_exchange = "HTTP";
    ui_panel_frames = "Frames";
    ui_panel_log = "Log";
    ui_panel_usage = "Usage";
    ui_panel_code = "Code";
    ui_no_frames = "This answer is not a stream: it has no frames.";
    ui_copy = "Copy";
    ui_copied = "Copied!";
    ui_copy_failed = "Failed";
}

first {
    // The simulation.
    percentile_unknown = "This percentile is not computed.";
    percentile_unknown_hint = "Choose 50, 90, 95, 99 or 99.9.";
    ui_traffic = "Traffic and capacity";
    ui_curve = "Over the day";
    ui_curve_flat = "even";
    ui_curve_evening = "evening shoppers";
    ui_curve_office = "office hours";
    ui_curve_noon = "noon peak";
    ui_curve_launch = "launch at 19:00";
    ui_arrivals = "Messages come";
    ui_arrivals_poisson = "independently (Poisson)";
    ui_arrivals_gamma = "irregularly (gamma)";
    ui_arrivals_weibull = "irregularly (Weibull)";
    ui_arrivals_bursts = "in bursts";
    ui_arrivals_trace = "as in the trace";
    ui_cv = "Irregularity (CV; 1 is Poisson)";
    ui_limits = "Limits";
    ui_concurrency = "Model calls at once";
    ui_queue_timeout = "Longest wait in the queue";
    ui_rpm = "Requests a minute, each model";
    ui_tpm = "Tokens a minute, each model";
    ui_max_tokens = "max_tokens reserved a call";
    ui_burndown = "Quota tokens an output token costs";
    ui_failures = "Failures and retries";
    ui_retry_mode = "SDK retry mode";
    ui_retry_none = "no retries";
    ui_retry_legacy = "legacy";
    ui_retry_standard = "standard";
    ui_retry_standard_2026 = "standard, 2026 rules";
    ui_retry_adaptive = "adaptive";
    ui_attempts = "Attempts of a call";
    ui_throttle_rate = "Throttled by chance";
    ui_error_rate = "Broken by chance";
    ui_patience = "People leave after, on average";
    ui_by_hour = "Over the hours of the day";
    ui_by_load = "Against load";
    ui_as_table = "As a table";
    ui_hour = "Hour";
    ui_in_time = "In time";
    ui_load = "Load";
    ui_lost = "Unanswered";
    ui_times = "{factor}×";
    ui_knee = "knee";
    ui_knee_at = "Beyond {factor} times this traffic the wait grows steeply.";
    ui_no_knee = "No knee in sight: up to three times this traffic nobody waits for a place.";
    ui_failed = "Failed";
    ui_rejected = "Rejected by the queue";
    ui_abandoned = "Left before the first token";
    ui_throttled = "Throttled attempts";
    ui_retries = "Retries";
    ui_calls_in_progress = "Calls in progress, mean";
    ui_calls_p99 = "P99";
    ui_utilisation = "Places busy";
    ui_share_waiting = "Calls that waited";
    ui_wait_p95 = "P95 wait";
    ui_simulator_dead = "The simulation stopped several times and was given up. Reload the page to start it again; your scenario is kept.";
    ui_cancel = "Cancel";

    // The cost model.
    ui_cost_model = "Cost model";
    range_backwards = "This range goes from {low} down to {high}.";
    range_backwards_hint = "Give the lower number first.";
    too_many_ranges = "{count} numbers are given as ranges.";
    too_many_ranges_hint = "At most {most} are sampled; give the others as numbers.";
    currency_code = "“{code}” is no currency.";
    currency_code_hint = "Give its three letters, such as JPY.";
    tiers_sum = "Batch, flex and priority add up to {sum} % of the calls.";
    tiers_sum_hint = "They must not exceed 100 %; the rest is standard.";
}
later {
    input_daily_messages = "messages a day";
    input_discount = "negotiated discount";
    input_throttle_rate = "throttled attempts";
    input_error_rate = "failed attempts";
    input_share = "{type}: share of messages";
    input_input_tokens = "{type}: tokens in";
    input_output_tokens = "{type}: tokens out";
    input_hit_rate = "{type}: answered by the cache";
    input_lookup = "{type}: price of a cache lookup";
    input_system_tokens = "{type}: tokens of the system prompt";
    input_turns = "{type}: messages of a conversation";
    input_prompt_hit_rate = "{type}: hits of the prompt cache";
    input_batch = "{type}: share in batch";
    input_flex = "{type}: share in flex";
    input_priority = "{type}: share in priority";
    input_escalation = "{type}: escalated to the stronger model";
    input_route = "{type}: share of {model}";
    input_price = "{model}: price of {price}";
    input_service = "{service}: {field}";
    lever_routing = "routing";
    lever_response_cache = "the response cache";
    lever_prompt_cache = "the prompt cache";
    lever_tiers = "batch and other tiers";
    lever_discount = "the negotiated discount";
    lever_failures = "failed attempts";
    lever_around = "services around the model";
    finding_overlap = "Alone, routing saves {routing} and the response cache {cache}; together {together}, not {sum}: they overlap.";
    finding_largest = "“{type}” is {cost} of the bill with {traffic} of the messages.";
    finding_sensitive = "The bill follows `{input}` most: one percent of it is {change} of the bill.";
    finding_cheaper = "The same mix on {model} would cost {amount} a day, {saved} less.";
    finding_cheaper_other_tokenizer = "The same mix on {model} would cost {amount} a day, {saved} less, before its tokenizer counts the texts anew.";
    finding_around = "The services around the model cost {amount} a day, {share} of the bill.";
    finding_prefix_too_short = "“{type}” caches nothing: its prefix of {tokens} tokens is below the {least} that {model} needs.";
    finding_prompt_cache_loses = "The prompt cache of “{type}” costs more than it saves: {hits} of its calls hit, from {least} on it pays.";
    finding_retired = "{model} is retired: new traffic cannot use it.";
    finding_stale = "The prices of {model} were read on {date}, {days} days ago: check them.";
    finding_unknown = "There is no total: these prices are not known: {names}.";

    // Benchmarks.
    ui_benchmarks = "Benchmarks";
    bench_metric_p50 = "P50 latency";
    bench_metric_p90 = "P90 latency";
    bench_metric_p95 = "P95 latency";
    bench_metric_p99 = "P99 latency";
    bench_metric_p99_9 = "P99.9 latency";
    bench_metric_mean = "mean latency";
    bench_metric_ttft_p50 = "P50 time to first token";
    bench_metric_ttft_p95 = "P95 time to first token";
    bench_metric_inter_token_p95 = "P95 inter-token latency";
    bench_metric_throughput = "throughput";
    bench_metric_cost = "cost a request";
    bench_metric_error_rate = "error rate";
    bench_metric_goodput = "goodput";
    bench_pass = "PASS";
    bench_regression = "REGRESSION";
    bench_improvement = "IMPROVEMENT";
    bench_inconclusive = "INCONCLUSIVE";
    bench_baseline = "BASELINE";
    bench_say_pass = "{name}: {metric} is not worse by {threshold} or more. It changed by {change}, with 95 % confidence between {low} and {high}.";
    bench_say_regression_up = "{name}: {metric} rose by {change}, with 95 % confidence between {low} and {high}: worse by more than {threshold}, and more than chance explains.";
    bench_say_regression_down = "{name}: {metric} fell (change {change}, with 95 % confidence between {low} and {high}): worse by more than {threshold}, and more than chance explains.";
    bench_say_improvement = "{name}: {metric} is better by more than {threshold}: it changed by {change}, with 95 % confidence between {low} and {high}.";
    bench_say_inconclusive = "{name}: {metric} changed by {change}, but anything between {low} and {high} fits: too little to say whether it is worse by {threshold}. About {needed} more requests a side would tell.";
    bench_say_too_few = "{name}: there are too few requests to say anything about {metric}; it takes {needed} more a side.";
    bench_say_baseline = "{name}: there is nothing to compare {metric} with yet; this result can be the baseline.";
    bench_say_naive = "{name}: by a single value {metric} changed by {change}. At about {samples} samples this rule calls {alarms} of 100 unchanged builds a regression.";
    bench_note_pooled = "{a} runs against {b}: too few to see how runs differ, so their samples are pooled. Three runs a side or more, better five, make a safer verdict.";
    bench_note_dependent = "Neighbouring requests hang together (lag-1 correlation {r}), so they were resampled in blocks.";
    bench_note_unequal = "The two sides differ much in size; the estimate of the smaller one leans upwards by 1 to 2 %.";
    bench_note_naive = "The usual rule would call this a regression ({change} by a single P95). At about {samples} samples it does so for {alarms} of 100 unchanged builds.";
    bench_note_no_values = "The new result has no values of this metric.";
    bench_note_too_few = "There are {has} samples; this statistic needs {needed}.";
    bench_note_zero = "The baseline is zero, and a change from zero has no percentage.";
    bench_note_family = "Significance is held over a family of {size} tests (Holm).";
    bench_missing = "In the baseline but not measured now: {names}.";
    bench_negative = "{value} is below zero.";
    bench_negative_hint = "Expected a duration, a cost or a count of at least 0.";
    bench_too_many = "There are more than {most} samples.";
    bench_too_many_hint = "Split the document.";
    bench_version = "This document is of version {version}, which this release does not read.";
    bench_version_hint = "Measure again, or compare with the release that wrote it.";
    bench_kind = "This is a document of the kind “{kind}”, not a benchmark's result.";
    bench_kind_hint = "Expected `rehearsal-benchmark`, or a series {\"unit\": …, \"runs\": …}.";
    bench_unit = "The units differ: {a} and {b}.";
    bench_unit_hint = "Measure both in the same unit.";
    bench_direction = "One side says lower is better, the other higher.";
    bench_direction_hint = "Give both the same `better`.";
    bench_other_method = "The baseline has another {field}: {a} instead of {b}.";
    bench_other_method_hint = "Such results are not comparable; measure the baseline again in the same way.";
    bench_no_prompts = "The suite has no prompts.";
    bench_no_prompts_hint = "Give at least one.";
    bench_no_benchmarks = "The suite has no benchmarks.";
    bench_no_benchmarks_hint = "Give at least one.";
    bench_name_twice = "Two benchmarks are called “{name}”.";
    bench_name_twice_hint = "Rename one of them.";
    bench_report = "Benchmark report";
    bench_verdicts = "Verdicts";
    bench_results = "Results";
    bench_col_benchmark = "Benchmark";
    bench_col_metric = "Metric";
    bench_col_verdict = "Verdict";
    bench_col_change = "Change";
    bench_col_interval = "95 % interval";
    bench_col_needed = "Requests still needed";
    bench_col_method = "Method";
    bench_col_samples = "Samples";
    bench_col_runs = "Runs";
    bench_col_mean = "Mean";
    bench_col_throughput = "Throughput";
    bench_col_errors = "Failed";
    bench_col_timeouts = "Timed out";
    bench_col_goodput = "Goodput";
    bench_col_cost = "Cost";
    bench_col_stage = "Stage";
    bench_col_run = "Run";
    bench_col_low = "From";
    bench_col_high = "To";
    bench_stages = "Stages";
    bench_cold_start = "Cold start";
    bench_withheld = "not bounded by {count} samples";
    bench_environment = "Measured with {client} in {clock} time, seed {seed}, Rehearsal {version}.";
    bench_chart_distribution = "Distribution of latencies";
    bench_chart_ecdf = "Share of requests answered within a time";
    bench_chart_history = "P95 of each run, with 95 % intervals";
    bench_chart_desc = "{name}: {samples} samples, P50 {p50}, P95 {p95}.";
    bench_show_table = "The same as a table";
    bench_candidate = "Now";
    bench_before = "Baseline";
    bench_gate_passed = "Gate passed";
    bench_gate_failed = "Gate failed";
    bench_gate_open = "Not decided";
    bench_trend_short = "{runs} runs: a trend needs ten.";
    bench_trend_steady = "Steady over {runs} runs.";
    bench_trend_worsening = "Getting slowly worse over {runs} runs.";
    bench_trend_improving = "Getting slowly better over {runs} runs.";
    bench_trend_step_up = "Worse since a certain one of the {runs} runs.";
    bench_trend_step_down = "Better since a certain one of the {runs} runs.";
    bench_trend_doubtful = "Runs resemble the ones before them, which makes steps appear where there are none: look twice.";
    bench_suite = "Suite";
    bench_suite_original = "The original's: Sonnet, Haiku, ten workers";
    bench_suite_verdict = "For a verdict: five runs of a hundred";
    bench_suite_mix = "The query mix: latency, throughput, open load";
    bench_client = "What answers";
    bench_target_simulator = "Simulator, virtual time";
    bench_target_mock = "Mock, virtual time";
    bench_target_real = "Mock, real time";
    bench_requests = "Requests a run";
    bench_slower = "Try a change: models slower by";
    bench_load = "Load";
    bench_load_closed = "closed loop";
    bench_load_open = "open loop";
    bench_load_batch = "batches";
    bench_mix = "The query mix";
    bench_workers = "Workers";
    bench_rate = "Requests a second";
    bench_batch = "Batch size";
    bench_run = "Run";
    bench_cancel = "Cancel";
    bench_progress = "Progress of the run";
    bench_keep = "Keep the result as baseline";
    bench_open = "Open a baseline…";
    bench_forget = "Forget the baseline";
    bench_no_baseline = "None yet. Run once and keep the result; later runs are compared with it.";
    bench_baseline_is = "Suite “{suite}”, {requests} requests, seed {seed}.";
    bench_not_kept = "The browser does not keep it: export it as JSON to have it later.";
    bench_empty = "Run a suite to see latencies with their intervals. Keep the result as a baseline, change something, run again: the verdict says in a sentence whether it became worse, and how sure that is.";
    bench_change_at = "A step at run {run}: from {before} to {after} (p {p}).";
}
}
