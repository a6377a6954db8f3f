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
    unknown_field_refused = "The field `{field}` is not known.";
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
    run_too_long = "{count} messages at this rate take {days} days.";
    run_too_long_hint = "At most {most} days are simulated; ask for fewer messages or raise daily_messages.";
    goal_time = "The limit is not a time.";
    goal_time_hint = "Give milliseconds above 0, for example 3000.";
    goal_lost = "The share that may be lost is not a share.";
    goal_lost_hint = "Give 0 to 100 %.";
    too_many_messages_hint = "At most {most} are simulated; lower the traffic or simulate a part of the day.";

    // What can be wrong with a link, a file or a team's figures.
    workspace_version = "This document is of version {version}, which this release does not read.";
    collection_too_long = "More than {most} scenarios are too many for one file.";
    collection_too_long_hint = "Split it.";
    team_presets = "More than {most} presets are too many for a gallery.";
    team_presets_hint = "Keep those that people begin with.";
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
    ui_copy_failed = "Failed";
    ui_copied = "Copied!";

    // The mix editor.
    ui_preset_own = "Your own";
    preset_reference = "MangaAssist";
    preset_reference_note = "The original: a million messages, two models, a cache.";
    preset_generation = "With generation time";
    preset_generation_note = "Long answers take their tokens' time.";
    preset_all_sonnet = "Everything on Sonnet";
    preset_all_sonnet_note = "What routing to a cheap model is worth.";
    preset_no_cache = "Without the cache";
    preset_no_cache_note = "What cached answers save, and hide.";
    preset_launch = "Japanese launch day";
    preset_launch_note = "A volume goes on sale at 19:00 and everyone asks.";
    preset_noon = "Throttled at noon";
    preset_noon_note = "A quota that is enough, except for an hour.";
    preset_current = "On current models";
    preset_current_note = "Haiku 4.5 and Sonnet 4.6 instead of the retired ones.";
    preset_puzzle = "Find the mistake";
    preset_puzzle_note = "Half of the quota is used, and yet calls are throttled.";
    preset_puzzle_solution = "Each call reserves `max_tokens` of the quota until it ends. 64,000 is the longest answer the model could give; here answers have 400 tokens at most, and some dozens are being written at a time. With 1,000 nothing is throttled.";
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

    // Work: what is kept, linked, compared.
    ui_work = "This scenario";
    ui_name = "Name of the scenario";
    ui_modified = "changed";
    ui_save = "Save";
    ui_save_here = "Save in this browser";
    ui_scenarios = "My scenarios";
    ui_copy_link = "Copy link";
    ui_copy_view_link = "Copy a link for viewing only";
    ui_open_file = "Open…";
    ui_save_scenario_file = "Save as a file";
    ui_share_more = "Share and export";
    ui_pin = "Pin as A";
    ui_swap = "Swap A and B";
    ui_unpin = "Stop comparing";
    ui_begin_anew = "Begin anew with MangaAssist";
    ui_commands = "Commands";
    ui_help = "Keyboard and help";
    ui_against = "Against A";
    ui_a_is = "A: {value}";
    ui_dearer = "{amount} ({share}) dearer";
    ui_cheaper = "{amount} ({share}) cheaper";
    ui_slower = "{amount} ({share}) slower";
    ui_faster = "{amount} ({share}) faster";
    ui_more_in_time = "{amount} ({share}) more in time";
    ui_less_in_time = "{amount} ({share}) fewer in time";
    ui_more = "{amount} ({share}) more";
    ui_less = "{amount} ({share}) less";
    ui_same = "same as A";
    ui_gallery = "Scenarios to begin with";
    ui_puzzle = "Calls are throttled here though the quota is large enough. Find out why.";
    ui_show_me = "Show me";
    ui_mend = "Mend it";
    ui_slo = "Useful within";
    ui_lock = "Keep the share of {name}";
    ui_locked = "Share stays";
    ui_unlocked = "Share moves with the others";
    ui_move_up = "Move {name} up";
    ui_move_down = "Move {name} down";
    ui_duplicate = "Duplicate {name}";
    ui_removed = "“{name}” was removed.";
    ui_opened = "“{name}” is open now.";
    ui_opened_file = "The file is open now.";
    ui_unpinned = "Nothing is compared any more.";
    ui_saved_as = "Saved in this browser as “{name}”.";
    ui_scenarios_came = "{count} scenarios were added to yours.";
    ui_close = "Close";
    ui_back_to_mine = "Back to my work";
    ui_save_kept = "Save it as a file";
    ui_link_opened = "You opened a link. Your own work is kept.";
    ui_link_damaged = "This link is damaged: it was cut off or changed on its way. Your work is untouched. Ask for the link again.";
    ui_link_too_large = "This link unpacks to more than any scenario holds, so it was not opened. Your work is untouched.";
    ui_link_later = "This link was made by a later release. Reload the page to update it. Your work is untouched.";
    ui_link_refused = "This link cannot be opened. Your work is untouched.";
    ui_link_long = "With {size} characters this is too long for a link: many programs would cut it off. Save it as a file instead.";
    ui_draft_broken = "What this browser kept of your last work cannot be read. It is kept aside.";
    ui_scenarios_broken = "What this browser kept of your saved scenarios cannot be read. It is kept aside.";
    ui_not_kept = "This browser does not keep your work: its storage is full or forbidden. Save it as a file.";
    ui_file_refused = "{name} cannot be opened. Nothing was changed.";
    ui_pasted = "What you pasted cannot be opened. Nothing was changed.";
    ui_team_refused = "The team's file, team.json, cannot be used. The page works with its own figures.";
    ui_team_unreachable = "The team's file cannot be read ({error}). The page works with its own figures.";
    ui_read_only = "This is a shared result, for viewing.";
    ui_edit_copy = "Edit a copy";
    ui_why_default = "Why this default: {field}";
    ui_reset_to = "Back to {value}";
    why_daily = "The original plans for a million messages a day.";
    why_seed = "Any number will do. The same seed gives the same day.";
    why_slo = "The original asks for an answer within 3 s.";
    why_share = "As the scenario began. A log says what it is with you.";
    why_hit_rate = "An assumption the scenario began with: measure it before you rely on it.";
    why_tokens = "As the scenario began. Paste a question and its answer to measure yours.";
    why_cv = "1 is what people give who do not know of each other (Poisson).";
    why_burndown = "1 for most models; Bedrock counts 5 for the answers of current Claude models.";
    why_attempts = "The AWS SDK's default for this mode.";
    why_faults = "Nothing fails by chance until you say so.";
    why_concurrency = "Off: no limit. Yours may be the connections of your backend.";
    why_queue = "Off: everyone waits until there is a place.";
    why_quota = "Off: no limit. Your account's is in the console, under Service Quotas.";
    why_max_tokens = "Bedrock takes it from the quota until the call ends. Off: the longest answer of the model.";
    why_patience = "Off: nobody leaves.";

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

    // The analysis below the first view.
    an_title = "Analysis";
    an_no_findings = "Nothing stands out.";
    an_how = "How is this computed?";
    an_no_bill = "There is no bill to look at: a price is not known, or nothing is sent.";
    an_bar = "As a bar";
    an_adopt = "Adopt";
    an_adopt_what = "Adopt: {what}";
    an_adopted = "Taken over into the mix above. Going back one step takes it back.";
    an_today = "Today";
    an_all = "Show all {count}";
    an_fewer = "Show fewer";
    an_waterfall = "From the dearest way to today";
    an_waterfall_lead = "What each lever takes off the bill, one after the other.";
    an_waterfall_how = "The day is priced with every call on the strongest model used (the one that would cost most) and without any lever; then one lever after the other is set as it is today, in this order: routing, response cache, prompt cache, batch and other tiers, discount, failed attempts, services. “Alone” is the lever by itself against the first bar. Savings overlap, so another order gives other steps, and the steps alone do not add up to the whole.";
    an_waterfall_start = "All on {model}, no cache";
    an_waterfall_end = "Today's bill";
    an_step = "Step";
    an_change = "Change";
    an_bill_after = "Bill after it";
    an_alone = "Alone";
    an_sensitivity = "What the bill follows most";
    an_sensitivity_lead = "Every input 20 % lower and 20 % higher, the strongest first.";
    an_sensitivity_how = "Each input is moved by 20 % to both sides, as far as it can go, while all others stay; a share that grows takes from the other shares in proportion, so the traffic stays the same. Elasticity is the percent by which the bill moves when the input moves by one percent, measured at 1 % to both sides.";
    an_input = "Input";
    an_minus = "20 % lower";
    an_plus = "20 % higher";
    an_lower = "input lower";
    an_higher = "input higher";
    an_elasticity = "Elasticity";
    an_break_even = "Break-even";
    an_break_even_lead = "How far one thing must move to bring the day to a target.";
    an_break_even_how = "The day's bill is a function of the one thing that moves: hits of the response cache (misses shrink in proportion for every type), the share of the calls on a model, messages a day, or all token counts. Where it is a straight line it is solved directly, else by bisection to 12 digits; of several solutions the nearest to today is given.";
    an_target = "Target a day";
    an_move = "What moves";
    an_move_share = "Share of the calls on {model}";
    an_move_tokens = "Tokens, against today";
    an_break_even_at = "{what}: at {value} instead of {now} the day costs {target}.";
    an_break_even_none = "{what}: nothing brings the day to {target}; over the whole stretch it costs {low} to {high}.";
    an_closed_form = "solved directly";
    an_bisection = "solved by bisection";
    an_frontier = "Cost against P95";
    an_frontier_lead = "Which routing, cache and limit is within budget and fast enough, and cheapest.";
    an_frontier_how = "Every tenth of the calls on each model the mix uses, with today's cache and better ones, and with more places where there is a limit. Each way is priced exactly, and its P95 comes from a simulated sample of 20,000 messages with the same seed. A way is on the frontier when no other is both cheaper and faster. Within the limits are those that also answer at least as many messages as today.";
    an_budget = "Budget a day";
    an_limit_p95 = "P95 at most";
    an_search = "Search";
    an_search_again = "Search again";
    an_search_old = "These results belong to an earlier mix.";
    an_way = "{share} on {model}, {hits} from the cache";
    an_way_places = "{way}, {places} calls at once";
    an_way_heading = "Way";
    an_within = "Within the limits";
    an_point = "{way}: {cost} a day, P95 {p95}";
    an_frontier_best = "Cheapest within the limits: {way}. {cost} a day, P95 {p95}.";
    an_frontier_cheapest = "Cheapest of all: {way}. {cost} a day, P95 {p95}.";
    an_frontier_none = "None of these ways is within the limits.";
    an_frontier_chart = "Ways to run the traffic by P95 and cost; choose one to adopt it";
    an_on_frontier = "no other is cheaper and faster";
    an_other_ways = "other ways";
    an_models = "The same mix on other models";
    an_models_lead = "Every chat model of the catalog, the cheapest first. The mark is today's bill.";
    an_models_how = "All calls go to the one model, none is escalated, everything else stays; its own prices, smallest cacheable prefix and long-context limit are used. Token counts are taken as they are: where the tokenizer is another, the same texts are other numbers of tokens. A model that is adopted is assumed to answer as fast as the one that answers most calls today, unless its speed is known.";
    an_all_types = "all query types";
    an_adopt_for = "Adopt for";
    an_against_today = "Against today";
    an_retired = "retired";
    an_too_long = "some prompts are too long for it";
    an_other_tokenizer = "another tokenizer";
    an_stale = "price over 90 days old";
    an_models_unknown = "{count} models whose price is not known";
    an_range = "Range of the bill";
    an_range_lead = "Where the bill lies when inputs are only known to lie between two numbers.";
    an_range_how = "Every range is drawn from evenly and independently of the others, 10,000 times with the seed of the mix; the quantiles are those of type 7. The bar spans P5 to P95, the marks are P50 and today's bill.";
    an_range_none = "No input is a range yet. Give one here, or write any number of the file as a range: \"input_tokens\": [250, 350].";
    an_range_says = "Nine times in ten the day costs between {low} and {high} ({samples} samples, seed {seed}).";
    an_range_without = "The bill does not depend on {names}.";
    an_range_add = "Add the range";
    an_range_remove = "Remove all ranges";
    an_quantile = "Quantile";
    an_least = "Least";
    an_most = "Most";
    an_prices = "Prices";
    an_prices_lead = "What every model of the mix costs, where that is from and how old it is. Any of it can be replaced.";
    an_prices_how = "US dollars per million tokens, kept exactly in millionths of a millionth. A catalog row has its source and the date it was read; beyond 90 days it is called old. What you type replaces it in this mix only, and travels with it. An empty field is unknown: a bill that needs it has no total, it is never taken for zero.";
    an_prices_hint = "US dollars per million tokens; empty is unknown.";
    an_prices_lacking = "The first view does not know the prices of {names}.";
    an_prices_complete = "Take them from the catalog";
    an_price_input = "Input";
    an_price_output = "Output";
    an_price_write_5m = "Cache write, 5 min";
    an_price_write_1h = "Cache write, 1 h";
    an_price_read = "Cache read";
    an_price_tier_input = "input of the tier";
    an_price_tier_output = "output of the tier";
    an_other_tiers = "Batch, flex, priority and long context";
    an_long_context = "Long context";
    an_long_context_is = "beyond {tokens} tokens: {input} in, {output} out";
    an_source = "Source";
    an_own_price = "your own";
    an_not_used = "not in the mix";
    an_reset_price = "Back to the catalog";
    an_remove = "Remove";
    an_add_model = "Add a model by its id";
    an_add = "Add";
    an_billing = "Discount, growth, currency";
    an_discount = "Negotiated discount";
    an_growth = "Growth a month";
    an_days = "Days in the month";
    an_yen = "Yen for a dollar (0: off)";
    an_converted = "In {code}: {day} a day, {month} a month.";
    an_months = "The next twelve months";
    an_month = "Month";
    an_cost_month = "Cost a month";
    an_services = "Around the model";
    an_services_lead = "What else the chatbot runs on. All off until you switch it on; every number is an assumption to be replaced.";
    an_services_how = "Services paid by the message: messages × units per message × price. Services paid by the hour: units × price × 24 hours, whatever the traffic. They are parts of the bill like any other and part of every panel here.";
    an_services_source = "Default prices: {source}. Assumptions; discounts do not apply to them.";
    an_service_api_gateway = "API Gateway WebSocket";
    an_service_fargate = "Fargate";
    an_service_dynamodb = "DynamoDB";
    an_service_opensearch = "OpenSearch Serverless";
    an_service_elasticache = "ElastiCache";
    an_service_guardrails = "Guardrails";
    an_service_embeddings = "Embeddings for search";
    an_frames_per_message = "Frames a message";
    an_connection_minutes = "Connected minutes a message";
    an_usd_frames = "USD a million frames";
    an_usd_connection_minutes = "USD a million minutes";
    an_tasks = "Tasks";
    an_vcpu = "vCPU a task";
    an_memory = "GB a task";
    an_usd_vcpu = "USD a vCPU hour";
    an_usd_gb = "USD a GB hour";
    an_writes = "Writes a message";
    an_reads = "Reads a message";
    an_usd_writes = "USD a million writes";
    an_usd_reads = "USD a million reads";
    an_ocu = "OCU";
    an_usd_ocu = "USD an OCU hour";
    an_nodes = "Nodes";
    an_usd_node = "USD a node hour";
    an_units_question = "Text units a question";
    an_units_answer = "Text units an answer";
    an_usd_units = "USD a thousand units";
    an_tokens_per_message = "Tokens a message";
    an_import = "From your own logs";
    an_import_lead = "Drop a log or a saved file anywhere on this page, open it or paste it: Bedrock invocation logs (gzip or not), a usage CSV, the Azure trace. It is read here and goes nowhere.";
    an_import_how = "The log is read piece by piece and summed in whole numbers by query type, model, day, hour and prompt length. Each call is priced as it was made, so the bill is exact. The mix stands for the mean day: volumes by hour, irregularity of arrivals, token counts and answer times as log-normal laws with the log's mean and spread, measured hit rates. Lines that are none are counted, named and left out.";
    an_import_open = "Open a log…";
    an_import_again = "Read again";
    an_import_paste = "Paste a log";
    an_import_read = "Read it";
    an_import_reading = "Reading: {done}, {requests} requests";
    an_import_failed = "Nothing was taken over. {why}";
    an_import_took = "{names}: {megabytes} MB in {seconds} s.";
    an_import_requests = "Requests";
    an_import_days = "Days";
    an_import_bill = "Bill of the log";
    an_import_scenario_bill = "Bill of the mix made of it";
    an_import_cache_read = "Tokens read from the prompt cache";
    an_import_cache_written = "Tokens written to it";
    an_import_prompt_hits = "Hits of the prompt cache";
    an_import_skipped = "{count} lines left out";
    an_import_use = "Use this mix";
    an_rule = "A query type is";
    an_rule_model = "the model";
    an_rule_metadata = "a key of the request's metadata";
    an_rule_pattern = "the first pattern the prompt matches: NAME=REGEX, one a line";
    an_rule_tokens = "a band of prompt tokens: their upper ends";
    an_rule_nameless = "Rows that name no model";
    an_rule_unnamed = "stay unpriced";
    an_backtest = "Simulated against measured";
    an_backtest_run = "Backtest";
    an_backtest_lead = "Simulates the log's mean day and compares its percentiles and bill with the log's own.";
    an_backtest_untimed = "No request of this log says how long its answer took: a backtest needs latencies.";
    an_backtest_says = "The simulation is off by {p50} at P50, {p95} at P95 and {p99} at P99, its bill by {bill} ({timed} timed requests, {messages} simulated).";
    an_answers = "Answers";
    an_simulated = "Simulated";

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
