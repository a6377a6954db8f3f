//! What LiteLLM says that its gateway was asked to do, in its own words.
//!
//! # Source
//! LiteLLM 1.110.2: `CallTypes` in `litellm/types/utils.py`, and the functions that it decorates with `@client`, whose
//! names it writes as they are.

/// What a request to a gateway was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallType {
    /// It called a model, or may have.
    Model,
    /// It called none: why.
    NoModel(&'static str),
    /// A word that is not LiteLLM's.
    Unknown,
}

impl CallType {
    /// What a word says. Its asynchronous form has an `a` before it, and that of a socket an underscore.
    pub fn of(word: &str) -> Self {
        let word = word.trim().trim_start_matches('_').to_ascii_lowercase();
        let plain = word.strip_prefix('a').map(|word| word.trim_start_matches('_')).unwrap_or(&word);
        let is_in = |words: &[&str]| words.contains(&word.as_str()) || words.contains(&plain);
        if is_in(&BATCHES) {
            CallType::NoModel("batch jobs that were made, asked for or listed; their calls are in the job's output")
        } else if is_in(&NO_MODEL) {
            CallType::NoModel("requests to a gateway that call no model")
        } else if is_in(&MODEL) {
            CallType::Model
        } else {
            CallType::Unknown
        }
    }
}

/// Columns of its exports that nobody else has, without case and marks.
pub(super) const COLUMNS: [&str; 5] = ["customllmprovider", "modelgroup", "apibase", "cachekey", "requesttags"];

const BATCHES: [&str; 5] = ["create_batch", "retrieve_batch", "batch_retrieve", "cancel_batch", "list_batches"];

const MODEL: [&str; 39] = [
    "anthropic_messages",
    "compact_responses",
    "completion",
    "create_interaction",
    "create_run",
    "create_video",
    "decisions",
    "embedding",
    "extraction",
    "generate_content",
    "generate_content_stream",
    "image_edit",
    "image_generation",
    "image_variation",
    "ingest",
    "llm_passthrough_route",
    "moderation",
    "ocr",
    "pass_through_endpoint",
    "query",
    "realtime",
    "realtime_calls",
    "realtime_translation_calls",
    "rerank",
    "responses",
    "responses_websocket",
    "run_thread",
    "run_thread_stream",
    "search",
    "send_message",
    "speech",
    "systemone",
    "text_completion",
    "transcription",
    "video_edit",
    "video_extension",
    "video_generation",
    "video_remix",
    "video_create_character",
];

const NO_MODEL: [&str; 76] = [
    "add_message",
    "call_mcp_tool",
    "cancel",
    "cancel_eval",
    "cancel_fine_tuning_job",
    "cancel_responses",
    "cancel_run",
    "code_interpreter_tool",
    "create_assistants",
    "create_container",
    "create_eval",
    "create_file",
    "create_fine_tuning_job",
    "create_realtime_client_secret",
    "create_realtime_transcription_session",
    "create_realtime_translation_client_secret",
    "create_sandbox",
    "create_skill",
    "create_thread",
    "delete",
    "delete_assistant",
    "delete_container",
    "delete_eval",
    "delete_responses",
    "delete_run",
    "delete_sandbox",
    "delete_skill",
    "file_content",
    "file_delete",
    "file_list",
    "file_retrieve",
    "get",
    "get_assistants",
    "get_eval",
    "get_messages",
    "get_responses",
    "get_run",
    "get_skill",
    "get_thread",
    "health_check",
    "list",
    "list_container_files",
    "list_containers",
    "list_evals",
    "list_fine_tuning_jobs",
    "list_input_items",
    "list_mcp_tools",
    "list_runs",
    "list_skills",
    "list_versions",
    "retrieve",
    "retrieve_container",
    "retrieve_content",
    "retrieve_fine_tuning_job",
    "run_code",
    "update_eval",
    "upload_container_file",
    "vector_store_create",
    "vector_store_delete",
    "vector_store_file_content",
    "vector_store_file_create",
    "vector_store_file_delete",
    "vector_store_file_list",
    "vector_store_file_retrieve",
    "vector_store_file_update",
    "vector_store_list",
    "vector_store_retrieve",
    "vector_store_search",
    "vector_store_update",
    "video_content",
    "video_delete",
    "video_get_character",
    "video_list",
    "video_retrieve",
    "video_retrieve_job",
    "video_status",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_thing_in_both_its_forms() {
        let all = BATCHES.iter().chain(&MODEL).chain(&NO_MODEL);
        for word in all.clone() {
            assert_eq!(all.clone().filter(|other| *other == word).count(), 1, "{word}");
            for form in [word.to_string(), format!("a{word}"), format!("_a{word}"), word.to_ascii_uppercase()] {
                assert_eq!(CallType::of(&form), CallType::of(word), "{form}");
            }
        }
        assert_eq!(CallType::of("a_add_message"), CallType::of("add_message"));
        for word in ["file_summary", "blacklist_check", "batch_classify", "a", "_", ""] {
            assert_eq!(CallType::of(word), CallType::Unknown, "{word}");
        }
    }
}
